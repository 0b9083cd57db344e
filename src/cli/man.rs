//! `rulec man`: manual pages.

use std::{
    io::{self, Write},
    path::Path,
};

use clap::CommandFactory;

use super::{
    args::{Cli, ManArgs},
    output::Folder,
    status::{Failure, Status},
};
use crate::diag::did_you_mean;

pub(super) fn run(args: &ManArgs) -> Result<Status, Failure> {
    let mut root = Cli::command();
    root.build();
    let Some(folder) = &args.output else {
        let command = match &args.command {
            None => &root,
            Some(name) => {
                let names = root.get_subcommands().map(clap::Command::get_name);
                let near = did_you_mean(name, names).map(|near| format!("; did you mean `{near}`?"));
                let unknown =
                    || Failure::Message(format!("there is no command `{name}`{}", near.unwrap_or_default()));
                root.find_subcommand(name).ok_or_else(unknown)?
            }
        };
        io::stdout().lock().write_all(page(command)?.as_bytes())?;
        return Ok(Status::Fine);
    };
    let cannot = |error: io::Error| {
        Failure::Message(format!("cannot write manual pages to `{}`: {error}", folder.display()))
    };
    let mut output = Folder::create(folder).map_err(cannot)?;
    for command in std::iter::once(&root).chain(root.get_subcommands()) {
        let name = format!("{}.1", command.get_display_name().unwrap_or(command.get_name()));
        output.write(Path::new(&name), page(command)?.trim_end()).map_err(cannot)?;
    }
    Ok(Status::Fine)
}

/// The page of a command.
fn page(command: &clap::Command) -> Result<String, Failure> {
    let mut page = Vec::new();
    clap_mangen::Man::new(command.clone()).render(&mut page)?;
    Ok(String::from_utf8_lossy(&page).into_owned())
}
