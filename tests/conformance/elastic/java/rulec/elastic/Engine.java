package rulec.elastic;

import org.elasticsearch.client.internal.Client;
import org.elasticsearch.common.logging.LogConfigurator;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.env.Environment;
import org.elasticsearch.node.InProcessNode;
import org.elasticsearch.node.Node;
import org.elasticsearch.plugins.Plugin;
import org.elasticsearch.xpack.core.XPackPlugin;
import org.elasticsearch.xpack.esql.plugin.EsqlPlugin;
import org.elasticsearch.xpack.kql.KqlPlugin;

import java.nio.file.Path;
import java.util.List;

/** Starts the node: one, alone, in memory but for a data folder that its caller throws away. */
final class Engine implements AutoCloseable {
    private static final List<Class<? extends Plugin>> PLUGINS =
        List.of(NoNetwork.class, XPackPlugin.class, EsqlPlugin.class, KqlPlugin.class);
    /** The engine's own bound of the limit it gives a query without one. */
    static final int DEFAULT_LIMIT = 10_000;

    private final Node node;

    Engine(Path home) throws Exception {
        Settings settings = settings(home);
        LogConfigurator.configureWithoutConfig(settings);
        LogConfigurator.configureESLogging();
        node = new InProcessNode(new Environment(settings, home.resolve("config")), PLUGINS, new NoNetwork.SilentHttp());
        node.start();
    }

    Client client() {
        return node.client();
    }

    @Override
    public void close() throws Exception {
        node.close();
    }

    private static Settings settings(Path home) {
        return Settings.builder()
            .put("path.home", home)
            .put("path.data", home.resolve("data"))
            .put("node.name", "rulec")
            .put("discovery.type", "single-node")
            .put("transport.type", NoNetwork.NAME)
            .put("logger.level", System.getProperty("rulec.elastic.log", "ERROR"))
            .put("node.store.allow_mmap", false)
            .put("cluster.routing.allocation.disk.threshold_enabled", false)
            .put("cluster.max_shards_per_node", 10_000)
            .put("xpack.license.self_generated.type", "trial")
            .put("esql.query.result_truncation_max_size", 1_000_000)
            .put("esql.query.result_truncation_default_size", DEFAULT_LIMIT)
            .build();
    }
}
