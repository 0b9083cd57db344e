package rulec.elastic;

import org.elasticsearch.index.query.QueryShardException;
import org.elasticsearch.xpack.esql.VerificationException;
import org.elasticsearch.xpack.esql.parser.ParsingException;

import java.util.Map;

/** Why a query has no answer, and at what: its words, its fields and types, or its run. */
record Failure(String kind, String message) {
    static Failure of(Throwable thrown) {
        Throwable deepest = thrown;
        for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
            String kind = kind(cause);
            if (kind != null) {
                return new Failure(kind, message(cause));
            }
            deepest = cause;
        }
        return new Failure("run", message(deepest));
    }

    private static String kind(Throwable cause) {
        if (cause instanceof ParsingException || cause instanceof org.apache.lucene.queryparser.classic.ParseException) {
            return "parse";
        }
        if (cause instanceof QueryShardException) {
            return "parse";
        }
        if (cause instanceof NoEngine) {
            return "unsupported";
        }
        return cause instanceof VerificationException ? "verify" : null;
    }

    private static String message(Throwable cause) {
        String because = cause.getCause() == null ? "" : ": " + cause.getCause().getMessage();
        return cause instanceof QueryShardException ? cause.getMessage() + because : String.valueOf(cause.getMessage());
    }

    /** What this runner does not do, however right the query is. */
    static final class NoEngine extends RuntimeException {
        NoEngine(String message) {
            super(message);
        }
    }

    Map<String, Object> fields() {
        return Map.of("kind", kind, "error", message);
    }
}
