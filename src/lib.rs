//! rulec compiles detection rules: it reads Sigma, and writes Kusto (KQL), SPL, Lucene, EQL and ES|QL.
//!
//! ```text
//! text ──parse──► AST ──read──► Rule ──normalize──► Rule ──localize──► Rule ──legalize──► Rule ──write──► AST ──print──► text
//! ```
//!
//! Every step is a pure function of plain data: no files, no environment, no clock, no threads. Sources come in
//! as (name, text); results go out as [`Conversion`]s.
//!
//! ```
//! use rulec::{Options, diag::Source, sigma, target};
//!
//! let source = Source::new("whoami.yml", "
//! title: Whoami
//! logsource: {category: process_creation, product: windows}
//! detection:
//!   selection:
//!     CommandLine|contains: whoami
//!   condition: selection
//! ");
//! let readings = sigma::read(&source, &sigma::ReadOptions::default());
//! let rule = readings[0].rule().expect("a valid rule");
//! let defender = target::find("defender").expect("a known target");
//! let conversions = rulec::convert(rule, &[defender], &Options::default());
//! assert!(conversions[0].query.as_ref().expect("converts").starts_with("DeviceProcessEvents"));
//! ```

pub mod attack;
pub mod catalog;
#[cfg(feature = "cli")]
pub mod cli;
mod convert;
pub mod diag;
pub mod elastic;
pub mod events;
pub mod ir;
pub mod kusto;
pub mod lint;
pub mod list;
pub mod mapping;
pub mod read;
pub mod sigma;
pub mod splunk;
pub mod target;
pub mod trial;
pub mod witness;
pub mod wrap;
pub mod yaml;

pub use convert::{Conversion, Options, Window, convert};
