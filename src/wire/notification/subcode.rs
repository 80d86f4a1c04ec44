use super::{Notification, NotificationCode};

/// Subcodes. Each is of the error code that its text names; elsewhere the
/// number means something else.
impl Notification {
    /// Of any code: nothing more is said.
    pub const UNSPECIFIC: u8 = 0;
    /// Message Header Error: the marker is not all ones (RFC 4271 §6.1).
    pub const CONNECTION_NOT_SYNCHRONIZED: u8 = 1;
    /// Message Header Error: the data is the length (RFC 4271 §6.1).
    pub const BAD_MESSAGE_LENGTH: u8 = 2;
    /// Message Header Error: the data is the type (RFC 4271 §6.1).
    pub const BAD_MESSAGE_TYPE: u8 = 3;
    /// OPEN Message Error: the data is the version that the sender speaks (RFC
    /// 4271 §6.2).
    pub const UNSUPPORTED_VERSION: u8 = 1;
    /// OPEN Message Error: not the AS that was expected (RFC 4271 §6.2).
    pub const BAD_PEER_AS: u8 = 2;
    /// OPEN Message Error: zero, or an internal peer has the same (RFC 6286
    /// §2.2).
    pub const BAD_BGP_IDENTIFIER: u8 = 3;
    /// OPEN Message Error: not recognized (RFC 4271 §6.2).
    pub const UNSUPPORTED_OPTIONAL_PARAMETER: u8 = 4;
    /// OPEN Message Error: deprecated by RFC 4271 (appendix A).
    pub const AUTHENTICATION_FAILURE: u8 = 5;
    /// OPEN Message Error: too short for the sender (RFC 4271 §6.2).
    pub const UNACCEPTABLE_HOLD_TIME: u8 = 6;
    /// OPEN Message Error: the data is the capabilities that are missed (RFC
    /// 5492 §5).
    pub const UNSUPPORTED_CAPABILITY: u8 = 7;
    /// OPEN Message Error: the roles do not fit (RFC 9234 §4.2).
    pub const ROLE_MISMATCH: u8 = 11;
    /// UPDATE Message Error: the lengths do not add up (RFC 4271 §6.3).
    pub const MALFORMED_ATTRIBUTE_LIST: u8 = 1;
    /// UPDATE Message Error: the data is the attribute (RFC 4271 §6.3).
    pub const UNRECOGNIZED_WELL_KNOWN_ATTRIBUTE: u8 = 2;
    /// UPDATE Message Error: the data is its type (RFC 4271 §6.3).
    pub const MISSING_WELL_KNOWN_ATTRIBUTE: u8 = 3;
    /// UPDATE Message Error: the data is the attribute (RFC 4271 §6.3).
    pub const ATTRIBUTE_FLAGS_ERROR: u8 = 4;
    /// UPDATE Message Error: the data is the attribute (RFC 4271 §6.3).
    pub const ATTRIBUTE_LENGTH_ERROR: u8 = 5;
    /// UPDATE Message Error: the data is the attribute (RFC 4271 §6.3).
    pub const INVALID_ORIGIN: u8 = 6;
    /// UPDATE Message Error: deprecated by RFC 4271 (appendix A).
    pub const AS_ROUTING_LOOP: u8 = 7;
    /// UPDATE Message Error: the data is the attribute (RFC 4271 §6.3).
    pub const INVALID_NEXT_HOP: u8 = 8;
    /// UPDATE Message Error: the data is the attribute (RFC 4271 §6.3).
    pub const OPTIONAL_ATTRIBUTE_ERROR: u8 = 9;
    /// UPDATE Message Error: the NLRI cannot be read (RFC 4271 §6.3).
    pub const INVALID_NETWORK_FIELD: u8 = 10;
    /// UPDATE Message Error: the path cannot be read (RFC 4271 §6.3).
    pub const MALFORMED_AS_PATH: u8 = 11;
    /// Finite State Machine Error: the data is the message's type (RFC 6608
    /// §4).
    pub const UNEXPECTED_IN_OPEN_SENT: u8 = 1;
    /// Finite State Machine Error: the data is the message's type (RFC 6608
    /// §4).
    pub const UNEXPECTED_IN_OPEN_CONFIRM: u8 = 2;
    /// Finite State Machine Error: the data is the message's type (RFC 6608
    /// §4).
    pub const UNEXPECTED_IN_ESTABLISHED: u8 = 3;
    /// Cease: the data may be the family and the bound (RFC 4486 §4).
    pub const MAXIMUM_PREFIXES: u8 = 1;
    /// Cease: the operator stopped the session (RFC 4486 §4); may have a text
    /// (RFC 9003).
    pub const ADMINISTRATIVE_SHUTDOWN: u8 = 2;
    /// Cease: the operator removed the peer (RFC 4486 §4).
    pub const PEER_DE_CONFIGURED: u8 = 3;
    /// Cease: the operator restarts the session (RFC 4486 §4); may have a text
    /// (RFC 9003).
    pub const ADMINISTRATIVE_RESET: u8 = 4;
    /// Cease: not accepted, although it was made (RFC 4486 §4).
    pub const CONNECTION_REJECTED: u8 = 5;
    /// Cease: some other change by the operator (RFC 4486 §4).
    pub const OTHER_CONFIGURATION_CHANGE: u8 = 6;
    /// Cease: the other connection stays (RFC 4486 §4).
    pub const CONNECTION_COLLISION: u8 = 7;
    /// Cease: memory, say (RFC 4486 §4).
    pub const OUT_OF_RESOURCES: u8 = 8;
    /// Cease: graceful restart does not apply; the data is the NOTIFICATION
    /// that says why (RFC 8538 §3).
    pub const HARD_RESET: u8 = 9;
    /// Cease: the path to the peer does not work (RFC 9384 §2).
    pub const BFD_DOWN: u8 = 10;
    /// ROUTE-REFRESH Message Error: the data is the message (RFC 7313 §5).
    pub const INVALID_MESSAGE_LENGTH: u8 = 1;

    /// The subcode's name in the registry, if it has one.
    pub const fn subcode_name(&self) -> Option<&'static str> {
        match self.code {
            NotificationCode::HEADER => match self.subcode {
                Self::CONNECTION_NOT_SYNCHRONIZED => Some("Connection Not Synchronized"),
                Self::BAD_MESSAGE_LENGTH => Some("Bad Message Length"),
                Self::BAD_MESSAGE_TYPE => Some("Bad Message Type"),
                _ => None,
            },
            NotificationCode::OPEN => match self.subcode {
                Self::UNSUPPORTED_VERSION => Some("Unsupported Version Number"),
                Self::BAD_PEER_AS => Some("Bad Peer AS"),
                Self::BAD_BGP_IDENTIFIER => Some("Bad BGP Identifier"),
                Self::UNSUPPORTED_OPTIONAL_PARAMETER => Some("Unsupported Optional Parameter"),
                Self::AUTHENTICATION_FAILURE => Some("Authentication Failure"),
                Self::UNACCEPTABLE_HOLD_TIME => Some("Unacceptable Hold Time"),
                Self::UNSUPPORTED_CAPABILITY => Some("Unsupported Capability"),
                Self::ROLE_MISMATCH => Some("Role Mismatch"),
                _ => None,
            },
            NotificationCode::UPDATE => match self.subcode {
                Self::MALFORMED_ATTRIBUTE_LIST => Some("Malformed Attribute List"),
                Self::UNRECOGNIZED_WELL_KNOWN_ATTRIBUTE => {
                    Some("Unrecognized Well-known Attribute")
                }
                Self::MISSING_WELL_KNOWN_ATTRIBUTE => Some("Missing Well-known Attribute"),
                Self::ATTRIBUTE_FLAGS_ERROR => Some("Attribute Flags Error"),
                Self::ATTRIBUTE_LENGTH_ERROR => Some("Attribute Length Error"),
                Self::INVALID_ORIGIN => Some("Invalid ORIGIN Attribute"),
                Self::AS_ROUTING_LOOP => Some("AS Routing Loop"),
                Self::INVALID_NEXT_HOP => Some("Invalid NEXT_HOP Attribute"),
                Self::OPTIONAL_ATTRIBUTE_ERROR => Some("Optional Attribute Error"),
                Self::INVALID_NETWORK_FIELD => Some("Invalid Network Field"),
                Self::MALFORMED_AS_PATH => Some("Malformed AS_PATH"),
                _ => None,
            },
            NotificationCode::FSM => match self.subcode {
                Self::UNEXPECTED_IN_OPEN_SENT => Some("Unexpected Message in OpenSent"),
                Self::UNEXPECTED_IN_OPEN_CONFIRM => Some("Unexpected Message in OpenConfirm"),
                Self::UNEXPECTED_IN_ESTABLISHED => Some("Unexpected Message in Established"),
                _ => None,
            },
            NotificationCode::CEASE => match self.subcode {
                Self::MAXIMUM_PREFIXES => Some("Maximum Number of Prefixes Reached"),
                Self::ADMINISTRATIVE_SHUTDOWN => Some("Administrative Shutdown"),
                Self::PEER_DE_CONFIGURED => Some("Peer De-configured"),
                Self::ADMINISTRATIVE_RESET => Some("Administrative Reset"),
                Self::CONNECTION_REJECTED => Some("Connection Rejected"),
                Self::OTHER_CONFIGURATION_CHANGE => Some("Other Configuration Change"),
                Self::CONNECTION_COLLISION => Some("Connection Collision Resolution"),
                Self::OUT_OF_RESOURCES => Some("Out of Resources"),
                Self::HARD_RESET => Some("Hard Reset"),
                Self::BFD_DOWN => Some("BFD Down"),
                _ => None,
            },
            NotificationCode::ROUTE_REFRESH => match self.subcode {
                Self::INVALID_MESSAGE_LENGTH => Some("Invalid Message Length"),
                _ => None,
            },
            _ => None,
        }
    }
}
