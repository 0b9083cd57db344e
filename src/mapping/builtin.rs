//! The mapping files that are built into rulec.

macro_rules! files {
    ($($file:literal)+) => {
        &[$(($file, include_str!(concat!("../../mappings/", $file))),)+]
    };
}

/// Every file of `mappings/`, by its path in there.
#[rustfmt::skip]
pub(super) const FILES: &[(&str, &str)] = files! {
    "application.yml"
    "create_remote_thread.yml"
    "create_stream_hash.yml"
    "dns_query.yml"
    "driver_load.yml"
    "file_access.yml"
    "file_block_executable.yml"
    "file_block_shredding.yml"
    "file_change.yml"
    "file_delete.yml"
    "file_event.yml"
    "file_executable_detected.yml"
    "file_rename.yml"
    "image_load.yml"
    "logon.yml"
    "logsources.yml"
    "network_connection.yml"
    "network_connection_inbound.yml"
    "pipe_created.yml"
    "powershell-classic.yml"
    "powershell.yml"
    "process_access.yml"
    "process_creation.yml"
    "process_tampering.yml"
    "process_termination.yml"
    "ps_classic_provider_start.yml"
    "ps_classic_script.yml"
    "ps_classic_start.yml"
    "ps_module.yml"
    "ps_script.yml"
    "raw_access_thread.yml"
    "registry_add.yml"
    "registry_delete.yml"
    "registry_event.yml"
    "registry_rename.yml"
    "registry_set.yml"
    "scheduled_task.yml"
    "security.yml"
    "service_installed.yml"
    "sysmon.yml"
    "sysmon_error.yml"
    "sysmon_status.yml"
    "system.yml"
    "user_account_created.yml"
    "wmi_event.yml"
    "schemas/defender.yml"
    "schemas/ecs.yml"
    "schemas/splunk_ta.yml"
    "schemas/sysmon.yml"
    "schemas/windows_security.yml"
};

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn walk(folder: &Path, root: &Path, found: &mut Vec<String>) {
        let Ok(entries) = std::fs::read_dir(folder) else { return };
        for path in entries.map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                walk(&path, root, found);
            } else if path.extension().is_some_and(|extension| extension == "yml") {
                found.push(path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/"));
            }
        }
    }

    #[test]
    fn every_file_of_the_folder_is_built_in() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("mappings");
        let mut files = Vec::new();
        walk(&root, &root, &mut files);
        files.sort();
        let mut built_in: Vec<&str> = FILES.iter().map(|(name, _)| *name).collect();
        built_in.sort_unstable();
        assert_eq!(built_in, files);
    }
}
