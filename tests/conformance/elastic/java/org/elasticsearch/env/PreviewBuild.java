package org.elasticsearch.env;

import org.elasticsearch.Build;
import org.elasticsearch.Version;
import org.elasticsearch.internal.BuildExtension;

/**
 * What the engine takes itself for: a release, or with -Drulec.elastic.preview=true a build before one, which has
 * commands that later versions released. INLINE STATS of 9.2 is one: INLINESTATS, in such a build of 8.19.
 * In the engine's package because versions can be made there only.
 */
public final class PreviewBuild implements BuildExtension {
    public static final boolean PREVIEW = Boolean.getBoolean("rulec.elastic.preview");

    @Override
    public Build getCurrentBuild() {
        String version = Version.CURRENT.toString();
        String shown = version + (PREVIEW ? "-SNAPSHOT" : "");
        String oldest = Version.CURRENT.minimumCompatibilityVersion().toString();
        return new Build("default", Build.Type.UNKNOWN, "unknown", "unknown", version, null, PREVIEW, oldest, oldest, shown);
    }

    @Override
    public BuildVersion currentBuildVersion() {
        return DefaultBuildVersion.CURRENT;
    }

    @Override
    public BuildVersion fromVersionId(int id) {
        return new DefaultBuildVersion(id);
    }
}
