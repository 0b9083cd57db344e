package org.elasticsearch.plugins;

import org.elasticsearch.action.admin.cluster.node.info.PluginsAndModules;
import org.elasticsearch.env.Environment;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Plugins that lie on the class path, where a distribution has them in folders of their own.
 * In the engine's package because what it overrides is visible there only.
 */
public final class ClasspathPlugins extends PluginsService {
    private final List<LoadedPlugin> plugins = new ArrayList<>();

    public ClasspathPlugins(Environment environment, List<Class<? extends Plugin>> classes) {
        super(environment.settings(), environment.configDir(), new PluginsLoader(Set.of(), Set.of(), Map.of()));
        for (Class<? extends Plugin> type : classes) {
            Plugin plugin = loadPlugin(type, environment.settings(), environment.configDir());
            plugins.add(new LoadedPlugin(descriptor(type), plugin, type.getClassLoader()));
        }
        loadExtensions(plugins);
    }

    private static PluginDescriptor descriptor(Class<?> type) {
        String name = type.getSimpleName();
        return new PluginDescriptor(name, name, "", "", "", type.getName(), null, List.of(), false, true, false, false);
    }

    @Override
    protected List<LoadedPlugin> plugins() {
        return plugins;
    }

    @Override
    public PluginsAndModules info() {
        return new PluginsAndModules(List.of(), List.of());
    }

    @Override
    public <T> List<? extends T> loadServiceProviders(Class<T> service) {
        return ServiceLoader.load(service).stream().map(ServiceLoader.Provider::get).toList();
    }

    @Override
    public <T> T loadSingletonServiceProvider(Class<T> service, Supplier<T> fallback) {
        return ServiceLoader.load(service).findFirst().orElseGet(fallback);
    }
}
