package rulec.elastic;

import org.elasticsearch.common.xcontent.XContentHelper;
import org.elasticsearch.xcontent.XContentBuilder;
import org.elasticsearch.xcontent.XContentFactory;
import org.elasticsearch.xcontent.json.JsonXContent;
import org.elasticsearch.common.Strings;

import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Reads datasets and queries from standard input, one JSON object a line, and writes an answer for each query.
 * `README.md` beside this folder has the fields.
 */
public final class Main {
    private final Engine engine;
    private final Queries queries;
    private final PrintStream out;
    private final boolean timed = Boolean.getBoolean("rulec.elastic.times");
    private final Map<String, Dataset> datasets = new HashMap<>();

    private Main(Engine engine, PrintStream out) {
        this.engine = engine;
        this.queries = new Queries(engine.client());
        this.out = out;
    }

    public static void main(String[] arguments) throws Exception {
        // The engine logs to standard output; answers must be alone there.
        PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), false, StandardCharsets.UTF_8);
        System.setOut(System.err);
        Path home = Path.of(arguments[0]);
        Files.createDirectories(home.resolve("config"));
        long start = System.nanoTime();
        try (Engine engine = new Engine(home)) {
            System.err.printf("started in %d ms%n", millis(start));
            new Main(engine, out).readAll(new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)));
        } finally {
            out.flush();
        }
        System.exit(0);
    }

    private void readAll(BufferedReader lines) throws IOException {
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            if (line.isBlank()) {
                continue;
            }
            Map<String, Object> object = XContentHelper.convertToMap(JsonXContent.jsonXContent, line, true);
            if (object.containsKey("query")) {
                answer(object);
            } else {
                String name = object.getOrDefault("dataset", "").toString();
                datasets.put(name, Dataset.create(engine.client(), datasets.size(), object));
            }
        }
    }

    private void answer(Map<String, Object> line) throws IOException {
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("id", line.get("id"));
        long start = System.nanoTime();
        try {
            Dataset dataset = datasets.get(line.getOrDefault("dataset", "").toString());
            if (dataset == null) {
                throw new IllegalArgumentException("no such dataset");
            }
            Boolean lenient = (Boolean) line.get("lenient");
            answer.putAll(queries.run(line.get("language").toString(), line.get("query").toString(), lenient, dataset));
        } catch (Exception | StackOverflowError e) {
            answer.putAll(Failure.of(e).fields());
        }
        if (timed) {
            answer.put("ms", millis(start));
        }
        try (XContentBuilder json = XContentFactory.jsonBuilder()) {
            out.println(Strings.toString(json.map(answer)));
        }
        out.flush();
    }

    private static long millis(long since) {
        return (System.nanoTime() - since) / 1_000_000;
    }
}
