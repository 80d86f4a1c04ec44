//! MRT: records by hand, properties, and real files against `bgpdump`'s text.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by a panic"
)]

#[path = "../../examples/decode/bgpdump.rs"]
mod bgpdump;
#[path = "../../examples/decode/files.rs"]
mod files;
mod golden;
mod made;
mod property;
mod text;
