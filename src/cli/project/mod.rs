//! The project file, `rulec.yml`: which rules there are and what becomes of them, so that nobody has to type it.
//!
//! Each key is named as the option that it stands for, and the option wins.

mod complete;
mod find;
mod goals;
mod reader;
mod select;
mod settings;

pub(super) use complete::{Asked, Said, complete, complete_tables};
pub(super) use find::{find, read};
pub(super) use goals::Goals;
pub(super) use settings::{OptionSettings, Project, Select, TargetSettings};

/// What a project file is called.
pub(super) const FILE_NAME: &str = "rulec.yml";

#[cfg(test)]
mod tests;
