//! The mapping files that are built into rulec.

/// Every file of `mappings/`, by its path in there; see `build.rs`.
pub(super) const FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/mapping_files.rs"));

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_and_the_files_of_each_schema_are_built_in() {
        let has = |file: &str| FILES.iter().any(|(name, text)| *name == file && !text.is_empty());
        assert!(has("logsources.yml") && has("process_creation.yml") && has("schemas/defender.yml"));
        assert!(has("schemas/defender/DeviceProcessEvents.yml"));
        assert!(FILES.iter().all(|(name, _)| !name.contains('\\')));
    }
}
