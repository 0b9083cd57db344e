package rulec.elastic;

import org.elasticsearch.action.ActionListener;
import org.elasticsearch.cluster.node.DiscoveryNode;
import org.elasticsearch.common.component.AbstractLifecycleComponent;
import org.elasticsearch.common.io.stream.NamedWriteableRegistry;
import org.elasticsearch.common.network.NetworkService;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.common.transport.BoundTransportAddress;
import org.elasticsearch.common.transport.TransportAddress;
import org.elasticsearch.common.util.PageCacheRecycler;
import org.elasticsearch.http.HttpInfo;
import org.elasticsearch.http.HttpServerTransport;
import org.elasticsearch.http.HttpStats;
import org.elasticsearch.indices.breaker.CircuitBreakerService;
import org.elasticsearch.plugins.NetworkPlugin;
import org.elasticsearch.plugins.Plugin;
import org.elasticsearch.threadpool.ThreadPool;
import org.elasticsearch.transport.ConnectTransportException;
import org.elasticsearch.transport.ConnectionProfile;
import org.elasticsearch.transport.Transport;
import org.elasticsearch.transport.TransportMessageListener;
import org.elasticsearch.transport.TransportStats;

import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** A transport and an HTTP server that open no port: the node only ever talks to itself. */
public final class NoNetwork extends Plugin implements NetworkPlugin {
    static final String NAME = "none";
    private static final TransportAddress ADDRESS = new TransportAddress(TransportAddress.META_ADDRESS, 9300);
    private static final BoundTransportAddress BOUND =
        new BoundTransportAddress(new TransportAddress[] { ADDRESS }, ADDRESS);

    @Override
    public Map<String, Supplier<Transport>> getTransports(
        Settings settings, ThreadPool threads, PageCacheRecycler recycler, CircuitBreakerService breakers,
        NamedWriteableRegistry registry, NetworkService network
    ) {
        return Map.of(NAME, SilentTransport::new);
    }

    /** What a component does that has nothing to start or stop. */
    private abstract static class Idle extends AbstractLifecycleComponent {
        @Override
        protected void doStart() {}

        @Override
        protected void doStop() {}

        @Override
        protected void doClose() {}
    }

    private static final class SilentTransport extends Idle implements Transport {
        private final RequestHandlers requests = new RequestHandlers();
        private final ResponseHandlers responses = new ResponseHandlers();

        @Override
        public void setMessageListener(TransportMessageListener listener) {}

        @Override
        public BoundTransportAddress boundAddress() {
            return BOUND;
        }

        @Override
        public BoundTransportAddress boundRemoteIngressAddress() {
            return BOUND;
        }

        @Override
        public Map<String, BoundTransportAddress> profileBoundAddresses() {
            return Map.of();
        }

        @Override
        public TransportAddress[] addressesFromString(String address) {
            return new TransportAddress[0];
        }

        @Override
        public List<String> getDefaultSeedAddresses() {
            return List.of();
        }

        @Override
        public void openConnection(DiscoveryNode node, ConnectionProfile profile, ActionListener<Connection> listener) {
            listener.onFailure(new ConnectTransportException(node, "no network"));
        }

        @Override
        public TransportStats getStats() {
            return new TransportStats(0, 0, 0, 0, 0, 0, new long[0], new long[0], Map.of());
        }

        @Override
        public ResponseHandlers getResponseHandlers() {
            return responses;
        }

        @Override
        public RequestHandlers getRequestHandlers() {
            return requests;
        }
    }

    static final class SilentHttp extends Idle implements HttpServerTransport {
        @Override
        public BoundTransportAddress boundAddress() {
            return BOUND;
        }

        @Override
        public HttpInfo info() {
            return new HttpInfo(BOUND, 0);
        }

        @Override
        public HttpStats stats() {
            return new HttpStats(0, 0);
        }
    }
}
