//! What every floor of the pipeline speaks.
//!
//! - [`error`]: one error type with its hint and exit code;
//! - [`text`]: hashes, the program's name, near names;
//! - [`french`]: French forms of numbers, dates and typography;
//! - [`zone`]: levels, zones and their tree;
//! - [`definition`], [`table`], [`parameters`]: the header of a query, its raw answer, and what a user gives to it.

mod cause;
pub mod definition;
pub mod error;
pub mod french;
mod library_words;
pub mod parameters;
pub mod table;
pub mod text;
pub mod zone;
