//! BGP-LS: the topology of an IGP as NLRI and an attribute (RFC 7752).
//!
//! What is carried are TLVs, kept as octets in their order: [`Tlvs`] cannot
//! fail once they are read, and a TLV that is not known survives. Their
//! framing alone decides whether something is malformed; an accessor has
//! nothing for a TLV whose value has another length than its type wants.

mod attribute;
mod nlri;
mod tlv;

pub use attribute::LinkStateAttribute;
pub use nlri::{
    LinkStateNlri, LinkStateNlriType, LinkStateObject, LinkStateProtocol, NodeDescriptor,
};
pub use tlv::{Tlv, TlvIter, TlvType, Tlvs};
