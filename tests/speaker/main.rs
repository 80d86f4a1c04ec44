//! The speaker, over whole networks of them on a virtual clock, and against a
//! neighbour whose octets the test writes itself.

mod lab;
mod raw;
mod reflection;
mod restart;
mod routes;
