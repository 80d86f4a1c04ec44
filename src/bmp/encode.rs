use alloc::vec::Vec;
use core::net::IpAddr;

use super::{
    BmpEncodeError, BmpMessage, HEADER_LEN, PeerDown, PeerHeader, PeerUp, VERSION,
    message::bgp_message,
};

impl BmpMessage<'_> {
    /// Appends the message, common header included, to `out`.
    ///
    /// BGP messages inside go out as they are; they must be whole.
    ///
    /// # Errors
    /// If it does not fit the wire, or would be read back as another value;
    /// `out` is then unchanged.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), BmpEncodeError> {
        let start = out.len();
        out.extend_from_slice(&[VERSION, 0, 0, 0, 0, self.kind().0]);
        let result = self.body(out).and_then(|()| finish(start, out));
        if result.is_err() {
            out.truncate(start);
        }
        result
    }

    fn body(&self, out: &mut Vec<u8>) -> Result<(), BmpEncodeError> {
        if let Some(peer) = self.peer() {
            peer.write(out)?;
        }
        match self {
            Self::RouteMonitoring {
                update, trailing, ..
            } => {
                write_bgp(update, out)?;
                out.extend_from_slice(trailing);
            }
            Self::StatisticsReport { statistics, .. } => {
                out.extend_from_slice(&statistics.count().to_be_bytes());
                out.extend_from_slice(statistics.octets());
            }
            Self::PeerDown { reason, .. } => reason.write(out)?,
            Self::PeerUp(up) => up.write(out)?,
            Self::Initiation(tlvs) | Self::Termination(tlvs) => {
                out.extend_from_slice(tlvs.octets());
            }
            Self::RouteMirroring { parts, .. } => out.extend_from_slice(parts.octets()),
            Self::Other { kind, .. } if kind.name().is_some() => {
                return Err(BmpEncodeError::Named { number: kind.0 });
            }
            Self::Other { body, .. } => out.extend_from_slice(body),
        }
        Ok(())
    }
}

fn finish(start: usize, out: &mut [u8]) -> Result<(), BmpEncodeError> {
    let length = out.len().saturating_sub(start);
    debug_assert!(length >= HEADER_LEN, "the header was written");
    let length = u32::try_from(length).map_err(|_| BmpEncodeError::TooLong)?;
    let at = start.saturating_add(1);
    if let Some(field) = out.get_mut(at..).and_then(<[u8]>::first_chunk_mut) {
        *field = length.to_be_bytes();
    }
    Ok(())
}

impl PeerHeader {
    fn write(&self, out: &mut Vec<u8>) -> Result<(), BmpEncodeError> {
        out.extend_from_slice(&[self.kind.0, self.flags.bits()]);
        out.extend_from_slice(&self.distinguisher.0.to_be_bytes());
        write_address(self.address, self.is_ipv6(), out)?;
        for number in [
            self.asn.0,
            self.router_id.0,
            self.timestamp.seconds,
            self.timestamp.microseconds,
        ] {
            out.extend_from_slice(&number.to_be_bytes());
        }
        Ok(())
    }
}

impl PeerDown<'_> {
    fn write(&self, out: &mut Vec<u8>) -> Result<(), BmpEncodeError> {
        out.push(self.number());
        match self {
            Self::LocalNotification(message) | Self::RemoteNotification(message) => {
                return write_bgp(message, out);
            }
            Self::LocalEvent(event) => out.extend_from_slice(&event.to_be_bytes()),
            Self::Remote | Self::Deconfigured => {}
            Self::LocalSystem(tlvs) => out.extend_from_slice(tlvs.octets()),
            Self::Other(number @ 1..=6, _) => {
                return Err(BmpEncodeError::Named { number: *number });
            }
            Self::Other(_, data) => out.extend_from_slice(data),
        }
        Ok(())
    }

    const fn number(&self) -> u8 {
        match self {
            Self::LocalNotification(_) => 1,
            Self::LocalEvent(_) => 2,
            Self::RemoteNotification(_) => 3,
            Self::Remote => 4,
            Self::Deconfigured => 5,
            Self::LocalSystem(_) => 6,
            Self::Other(number, _) => *number,
        }
    }
}

impl PeerUp<'_> {
    /// What follows the per-peer header.
    fn write(&self, out: &mut Vec<u8>) -> Result<(), BmpEncodeError> {
        write_address(self.local_address, self.peer.is_ipv6(), out)?;
        out.extend_from_slice(&self.local_port.to_be_bytes());
        out.extend_from_slice(&self.remote_port.to_be_bytes());
        write_bgp(self.sent_open, out)?;
        write_bgp(self.received_open, out)?;
        out.extend_from_slice(self.information.octets());
        Ok(())
    }
}

/// Octets that are one BGP message and nothing after it.
fn write_bgp(message: &[u8], out: &mut Vec<u8>) -> Result<(), BmpEncodeError> {
    match bgp_message(message) {
        Ok((_, [])) => out.extend_from_slice(message),
        Ok(_) | Err(_) => return Err(BmpEncodeError::BgpMessage),
    }
    Ok(())
}

/// Sixteen octets, of which an IPv4 address takes the last four.
fn write_address(address: IpAddr, is_ipv6: bool, out: &mut Vec<u8>) -> Result<(), BmpEncodeError> {
    match address {
        IpAddr::V6(address) if is_ipv6 => out.extend_from_slice(&address.octets()),
        IpAddr::V4(address) if !is_ipv6 => {
            out.extend_from_slice(&[0; 12]);
            out.extend_from_slice(&address.octets());
        }
        IpAddr::V4(_) | IpAddr::V6(_) => return Err(BmpEncodeError::Address),
    }
    Ok(())
}
