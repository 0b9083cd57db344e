package rulec.elastic;

import org.elasticsearch.client.internal.Client;
import org.elasticsearch.action.search.SearchResponse;
import org.elasticsearch.env.PreviewBuild;
import org.elasticsearch.index.query.QueryBuilder;
import org.elasticsearch.index.query.QueryBuilders;
import org.elasticsearch.index.query.QueryStringQueryBuilder;
import org.elasticsearch.search.SearchHit;
import org.elasticsearch.xpack.esql.action.ColumnInfoImpl;
import org.elasticsearch.xpack.esql.action.EsqlQueryRequestBuilder;
import org.elasticsearch.xpack.esql.action.EsqlQueryResponse;
import org.elasticsearch.xpack.kql.query.KqlQueryBuilder;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Runs a query over a dataset, in each of the languages. */
final class Queries {
    /** The index pattern of a source command; a query names its user's indices, not the datasets here. */
    private static final Pattern SOURCE =
        Pattern.compile("^(\\s*from\\s+)([^|]*?)(\\s+metadata\\s[^|]*)?(\\s*)(\\||$)", Pattern.CASE_INSENSITIVE);

    /** The name of a command since 9.2, and how a build of 8.19 has it. */
    private static final Pattern INLINE_STATS = Pattern.compile("(\\|\\s*)INLINE STATS\\b", Pattern.CASE_INSENSITIVE);

    private final Client client;

    Queries(Client client) {
        this.client = client;
    }

    /**
     * The answer: row numbers where the query keeps them, else its columns and rows.
     * A search by query_string leaves out the clauses that it cannot make where its default field is `*`, or fails:
     * `lenient` (may be null) says which.
     */
    Map<String, Object> run(String language, String query, Boolean lenient, Dataset dataset) {
        return switch (language) {
            case "esql" -> esql(query, dataset);
            case "query_string" -> search(queryString(query, lenient), dataset);
            case "kuery" -> search(new KqlQueryBuilder(query), dataset);
            default -> throw new Failure.NoEngine("no engine for the language `" + language + "`");
        };
    }

    private static QueryBuilder queryString(String query, Boolean lenient) {
        QueryStringQueryBuilder builder = QueryBuilders.queryStringQuery(query);
        return lenient == null ? builder : builder.lenient(lenient);
    }

    private Map<String, Object> search(QueryBuilder query, Dataset dataset) {
        SearchResponse response = client.prepareSearch(dataset.index())
            .setQuery(query).setSize(1_000_000).setFetchSource(false).setTrackScores(false)
            .get();
        try {
            TreeSet<Long> matches = new TreeSet<>();
            for (SearchHit hit : response.getHits()) {
                matches.add(Long.parseLong(hit.getId()));
            }
            return Map.of("matches", matches);
        } finally {
            response.decRef();
        }
    }

    /** What breaks a thread of the server is never answered. */
    private static final org.elasticsearch.core.TimeValue PATIENCE = org.elasticsearch.core.TimeValue.timeValueSeconds(90);

    private Map<String, Object> esql(String query, Dataset dataset) {
        Matcher source = SOURCE.matcher(query);
        String localized = source.find() ? source.replaceFirst("$1" + dataset.index() + "$3$4$5") : query;
        if (PreviewBuild.PREVIEW && INLINE_STATS.matcher(localized).find()) {
            return verifyOnly(INLINE_STATS.matcher(localized).replaceAll("$1INLINESTATS"));
        }
        try (EsqlQueryResponse response = EsqlQueryRequestBuilder.newSyncEsqlQueryRequestBuilder(client).query(localized).get(PATIENCE)) {
            List<String> names = response.columns().stream().map(ColumnInfoImpl::name).toList();
            List<List<Object>> rows = new ArrayList<>();
            for (Iterable<Object> row : response.rows()) {
                List<Object> values = new ArrayList<>();
                row.forEach(values::add);
                rows.add(values);
            }
            if (rows.size() == Engine.DEFAULT_LIMIT) {
                throw new IllegalStateException("cut at the default limit");
            }
            return answer(names, rows);
        }
    }

    /** The build before the release runs INLINESTATS wrongly, or fails at it: all that is asked is whether it is refused. */
    private Map<String, Object> verifyOnly(String query) {
        try {
            EsqlQueryRequestBuilder.newSyncEsqlQueryRequestBuilder(client).query(query).get().close();
        } catch (RuntimeException e) {
            if (Failure.of(e).kind().equals("run") == false) {
                throw e;
            }
        }
        throw new Failure.NoEngine("verified, but INLINE STATS is not run");
    }

    private static Map<String, Object> answer(List<String> names, List<List<Object>> rows) {
        int row = names.contains(Dataset.ROW) ? names.indexOf(Dataset.ROW) : names.indexOf("_id");
        Map<String, Object> answer = new LinkedHashMap<>();
        if (row >= 0 && rows.stream().allMatch(values -> values.get(row) != null)) {
            TreeSet<Long> matches = new TreeSet<>();
            rows.forEach(values -> add(matches, values.get(row)));
            answer.put("matches", matches);
        } else {
            answer.put("columns", names);
            answer.put("rows", rows);
        }
        return answer;
    }

    private static void add(TreeSet<Long> matches, Object value) {
        if (value instanceof Collection<?> several) {
            several.forEach(one -> add(matches, one));
        } else {
            matches.add(Long.parseLong(value.toString()));
        }
    }
}
