//! Official files, in small: their real headers and title lines, made-up values.

mod chosen;
mod drawn;
mod made;
mod published;
mod told;
mod tvs;
