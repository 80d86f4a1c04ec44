//! The codec against hand-made octets, the bad-input matrix, and properties.

mod bad_input;
mod build;
mod golden;
mod pack;
mod property;
mod upstream;
