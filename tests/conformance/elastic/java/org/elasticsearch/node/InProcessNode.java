package org.elasticsearch.node;

import org.elasticsearch.common.network.NetworkModule;
import org.elasticsearch.env.Environment;
import org.elasticsearch.http.HttpServerTransport;
import org.elasticsearch.plugins.ClasspathPlugins;
import org.elasticsearch.plugins.Plugin;
import org.elasticsearch.plugins.PluginsLoader;
import org.elasticsearch.plugins.PluginsService;

import java.util.List;

/** One whole node, with the plugins given as classes and without an HTTP server. */
public final class InProcessNode extends Node {
    public InProcessNode(Environment environment, List<Class<? extends Plugin>> plugins, HttpServerTransport http) {
        super(NodeConstruction.prepareConstruction(environment, null, new Services(plugins, http), true));
    }

    /** Takes two of the services from here, the others as a server has them. */
    private static final class Services extends NodeServiceProvider {
        private final List<Class<? extends Plugin>> plugins;
        private final HttpServerTransport http;

        Services(List<Class<? extends Plugin>> plugins, HttpServerTransport http) {
            this.plugins = plugins;
            this.http = http;
        }

        @Override
        PluginsService newPluginService(Environment environment, PluginsLoader loader) {
            return new ClasspathPlugins(environment, plugins);
        }

        @Override
        HttpServerTransport newHttpTransport(PluginsService plugins, NetworkModule network) {
            return http;
        }
    }
}
