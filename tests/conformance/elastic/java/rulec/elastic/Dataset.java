package rulec.elastic;

import org.elasticsearch.action.bulk.BulkRequestBuilder;
import org.elasticsearch.action.bulk.BulkResponse;
import org.elasticsearch.action.support.WriteRequest;
import org.elasticsearch.client.internal.Client;
import org.elasticsearch.common.settings.Settings;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** Rows under a name: an index of one shard. */
record Dataset(String index) {
    /** Each row's number: a document's id, and a field. */
    static final String ROW = "_row";
    private static final int BULK = 1000;

    /**
     * Field types that are in plugins that no registry has, and what stands in for them.
     * A wildcard field answers as a keyword does, to ES|QL and to query_string; it has no ignore_above by default.
     */
    private static final Map<String, String> STAND_INS =
        Map.of("wildcard", "keyword", "constant_keyword", "keyword", "match_only_text", "text");

    @SuppressWarnings("unchecked")
    static Dataset create(Client client, int number, Map<String, Object> line) {
        Dataset dataset = new Dataset("dataset-" + number);
        Map<String, Object> fields = (Map<String, Object>) line.getOrDefault("mapping", Map.of());
        List<Object> rows = (List<Object>) line.getOrDefault("rows", List.of());
        dataset.createIndex(client, fields, (List<String>) line.getOrDefault("default_field", List.of("*")));
        dataset.index(client, rows, fields);
        return dataset;
    }

    private void createIndex(Client client, Map<String, Object> fields, List<String> searched) {
        Map<String, Object> properties = new TreeMap<>();
        fields.forEach((name, type) -> properties.put(name, fieldMapping(type)));
        properties.put(ROW, Map.of("type", "long"));
        // `a` and `a.b` may both be fields, as in the logs that people have.
        Map<String, Object> mapping = Map.of("dynamic", "strict", "subobjects", false, "properties", properties);
        Settings settings = Settings.builder()
            .put("index.number_of_shards", 1)
            .put("index.number_of_replicas", 0)
            .put("index.refresh_interval", "-1")
            .put("index.max_result_window", 1_000_000)
            .put("index.mapping.total_fields.limit", 20_000)
            .putList("index.query.default_field", searched)
            .build();
        client.admin().indices().prepareCreate(index).setSettings(settings).setMapping(mapping).get();
    }

    /** A type's name, or its whole mapping as Elasticsearch writes it. */
    @SuppressWarnings("unchecked")
    private static Map<String, Object> fieldMapping(Object type) {
        Map<String, Object> mapping = new LinkedHashMap<>();
        if (type instanceof Map<?, ?> whole) {
            mapping.putAll((Map<String, Object>) whole);
        } else {
            mapping.put("type", type.toString());
        }
        String name = mapping.get("type").toString().toLowerCase(Locale.ROOT);
        mapping.put("type", STAND_INS.getOrDefault(name, name));
        return mapping;
    }

    @SuppressWarnings("unchecked")
    private void index(Client client, List<Object> rows, Map<String, Object> fields) {
        for (int start = 0; start < rows.size(); start += BULK) {
            BulkRequestBuilder bulk = client.prepareBulk().setRefreshPolicy(WriteRequest.RefreshPolicy.IMMEDIATE);
            for (int row = start; row < Math.min(start + BULK, rows.size()); row++) {
                Map<String, Object> document = new LinkedHashMap<>();
                flatten("", (Map<String, Object>) rows.get(row), fields, document);
                document.put(ROW, row);
                bulk.add(client.prepareIndex(index).setId(Integer.toString(row)).setSource(document));
            }
            BulkResponse response = bulk.get();
            if (response.hasFailures()) {
                throw new IllegalArgumentException(response.buildFailureMessage());
            }
        }
    }

    /** Objects are given by dotted names, except what is a field itself (one of the type `flattened`). */
    @SuppressWarnings("unchecked")
    private static void flatten(
        String prefix, Map<String, Object> object, Map<String, Object> fields, Map<String, Object> document
    ) {
        object.forEach((name, value) -> {
            String path = prefix + name;
            if (value instanceof Map<?, ?> inner && fields.containsKey(path) == false) {
                flatten(path + ".", (Map<String, Object>) inner, fields, document);
            } else {
                document.put(path, value);
            }
        });
    }
}
