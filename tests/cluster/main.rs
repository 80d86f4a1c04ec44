//! The cluster example as its users run it: the program, its output and its
//! exit status, over real sockets.

mod bad_input;
mod clusters;
mod drills;
mod program;
mod system;
