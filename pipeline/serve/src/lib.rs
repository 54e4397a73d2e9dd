//! The commands as pages of a local server, for one person on their own machine.
