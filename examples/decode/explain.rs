//! A message field by field: where, which octets, what they mean, and which RFC
//! says so.

use std::io::{self, Write};

use bgpwright::{
    types::Family,
    wire::{
        AnyNlri, Attribute, AttributeCode, AttributeFlags, AttributeView, Context, DecodeError,
        Destination, Fault, Frame, Message, MessageType, Nlri, Open, Parsed, UpdateView, Visit,
    },
};

/// Writes lines of offset, octets and meaning; a fault stands under its octet.
struct Lines<'o, 'f, W> {
    out: &'o mut W,
    faults: &'f [Fault],
}

impl<W: Write> Lines<'_, '_, W> {
    /// One field; what is wrong in it follows.
    fn field(&mut self, at: usize, octets: &[u8], meaning: &str) -> io::Result<()> {
        let shown: String = octets
            .iter()
            .take(SHOWN)
            .map(|of| format!("{of:02x}"))
            .collect();
        let more = if octets.len() > SHOWN { ".." } else { "" };
        let width = SHOWN * 2 + 2;
        writeln!(self.out, "{at:6}  {:width$}  {meaning}", shown + more)?;
        self.faults_in(at, octets.len().max(1))
    }

    fn faults_in(&mut self, at: usize, length: usize) -> io::Result<()> {
        let faults = self.faults.iter();
        for fault in faults.filter(|of| (at..at + length).contains(&(of.offset as usize))) {
            let pad = SHOWN * 2 + 10;
            writeln!(self.out, "{:pad$}! {fault} (RFC 7606)", "")?;
        }
        Ok(())
    }
}

/// # Errors
/// If the output cannot be written.
pub(crate) fn explain(
    frame: Frame<'_>,
    decoded: &Result<Parsed<Message>, DecodeError>,
    context: &Context,
    out: &mut impl Write,
) -> io::Result<()> {
    let faults = decoded.as_ref().map_or(&[][..], |parsed| &parsed.faults);
    let mut lines = Lines { out, faults };
    let length = u16::try_from(frame.wire_len()).unwrap_or(u16::MAX);
    lines.field(0, &[0xff; 16], "marker (RFC 4271 §4.1)")?;
    lines.field(16, &length.to_be_bytes(), &format!("length {length}"))?;
    lines.field(18, &[frame.kind.0], &format!("type {}", frame.kind))?;
    match (frame.kind, decoded) {
        (MessageType::UPDATE, _) => update(frame, context, &mut lines)?,
        (
            MessageType::OPEN,
            Ok(Parsed {
                value: Message::Open(value),
                ..
            }),
        ) => {
            open(frame.body, value, &mut lines)?;
        }
        (MessageType::NOTIFICATION, Ok(parsed)) => {
            let Some(([code, subcode], data)) = frame.body.split_first_chunk() else {
                return Ok(());
            };
            lines.field(19, &[*code], "error code (RFC 4271 §4.5)")?;
            lines.field(20, &[*subcode], &parsed.value.to_string())?;
            lines.field(21, data, "data")?;
        }
        (MessageType::ROUTE_REFRESH, Ok(parsed)) => {
            let (fields, rest) = frame.body.split_at_checked(4).unwrap_or_default();
            let meaning = format!("AFI, subtype, SAFI: {} (RFC 2918, RFC 7313)", parsed.value);
            lines.field(19, fields, &meaning)?;
            if !rest.is_empty() {
                lines.field(23, rest, "outbound route filters (RFC 5291 §4)")?;
            }
        }
        _ if frame.body.is_empty() => {}
        _ => lines.field(19, frame.body, "body")?,
    }
    if let Err(error) = decoded {
        writeln!(
            lines.out,
            "        ! {error}; answered with {}",
            error.notification()
        )?;
    }
    if let Some(treatment) = decoded.as_ref().ok().and_then(Parsed::treatment) {
        writeln!(lines.out, "        in all: {treatment} (RFC 7606 §3 h)")?;
    }
    Ok(())
}

fn open(body: &[u8], open: &Open, lines: &mut Lines<'_, '_, impl Write>) -> io::Result<()> {
    let part = |from: usize, to: usize| body.get(from..to).unwrap_or_default();
    lines.field(19, part(0, 1), "version 4 (RFC 4271 §4.2)")?;
    lines.field(20, part(1, 3), &format!("my AS {}", open.my_as))?;
    lines.field(22, part(3, 5), &format!("hold time {} s", open.hold_time))?;
    lines.field(
        24,
        part(5, 9),
        &format!("BGP Identifier {}", open.router_id),
    )?;
    let length = body.get(9).copied().unwrap_or_default();
    // RFC 9072 §2: 255 as a parameter's type makes all lengths two octets.
    let extended = length != 0 && body.get(10) == Some(&255);
    let mut at = if extended { 13 } else { 10 };
    let form = if extended {
        ", extended (RFC 9072)"
    } else {
        ""
    };
    let meaning = format!("length of the optional parameters{form}");
    lines.field(28, part(9, at), &meaning)?;
    let mut capabilities = open.capabilities.iter();
    while at < body.len() {
        let head = if extended { 3 } else { 2 };
        let length = part(at + 1, at + head)
            .iter()
            .fold(0, |all, of| all << 8 | usize::from(*of));
        let meaning = "parameter: capabilities (RFC 5492 §4)";
        lines.field(19 + at, part(at, at + head), meaning)?;
        at += head;
        let end = at + length;
        while at < end && at < body.len() {
            let length = body.get(at + 1).map_or(0, |of| usize::from(*of));
            let text = capabilities
                .next()
                .map_or_else(String::new, ToString::to_string);
            lines.field(19 + at, part(at, at + 2 + length), &text)?;
            at += 2 + length;
        }
    }
    Ok(())
}

fn update(
    frame: Frame<'_>,
    context: &Context,
    lines: &mut Lines<'_, '_, impl Write>,
) -> io::Result<()> {
    let Ok(view) = UpdateView::new(frame) else {
        return lines.field(19, frame.body, "body");
    };
    let family = Family::IPV4_UNICAST;
    let with_path_ids = context.receives_path_ids(family);
    let word = |at: usize| {
        let octets = frame.body.get(at..at + 2).unwrap_or_default();
        (
            octets,
            octets.iter().fold(0, |all, of| all << 8 | usize::from(*of)),
        )
    };
    let (octets, withdrawn) = word(0);
    let meaning = format!("withdrawn routes: {withdrawn} octets (RFC 4271 §4.3)");
    lines.field(19, octets, &meaning)?;
    let field = frame.body.get(2..2 + withdrawn).unwrap_or_default();
    routes(21, field, family, with_path_ids, "withdrawn", lines)?;
    let (octets, length) = word(2 + withdrawn);
    let meaning = format!("path attributes: {length} octets");
    lines.field(21 + withdrawn, octets, &meaning)?;
    for attribute in view.attributes() {
        match attribute {
            Ok(view) => self::attribute(&view, context, lines)?,
            Err(fault) => {
                let at = fault.offset as usize;
                let end = 4 + withdrawn + length;
                let rest = frame.body.get(at - 19..end).unwrap_or_default();
                lines.field(at, rest, "the list ends inside an attribute (RFC 7606 §4)")?;
            }
        }
    }
    let at = 4 + withdrawn + length;
    let field = frame.body.get(at..).unwrap_or_default();
    routes(19 + at, field, family, with_path_ids, "announced", lines)
}

/// Each route on a line; what cannot be read on one, with its fault.
fn routes(
    mut at: usize,
    mut octets: &[u8],
    family: Family,
    with_path_ids: bool,
    what: &str,
    lines: &mut Lines<'_, '_, impl Write>,
) -> io::Result<()> {
    let head = if with_path_ids { 4 } else { 0 };
    while !octets.is_empty() {
        let after = octets.get(head..).unwrap_or_default();
        let split = Destination::split_first(family, after);
        let Some((element, rest)) = split else {
            return lines.field(at, octets, &format!("{what}: cannot be read"));
        };
        let whole = octets.get(..head + element.len()).unwrap_or_default();
        let text = text_of(whole, family, with_path_ids);
        lines.field(at, whole, &format!("{what} {text}"))?;
        at += whole.len();
        octets = rest;
    }
    Ok(())
}

/// The one route in these octets, as text.
fn text_of(octets: &[u8], family: Family, with_path_ids: bool) -> String {
    let mut context = Context::default();
    context.families = vec![family];
    if with_path_ids {
        context.add_path_receive = vec![family];
    }
    let [high, low] = family.afi.0.to_be_bytes();
    let value = [&[high, low, family.safi.0], octets].concat();
    let length = u16::try_from(value.len()).unwrap_or(u16::MAX).to_be_bytes();
    let code = AttributeCode::MP_UNREACH_NLRI.0;
    let attribute = [&[0x90, code, length[0], length[1]], &value[..]].concat();
    let mut routes = Routes::default();
    let view = UpdateView::of_attributes(&attribute);
    view.walk(&context, &mut routes, &mut Vec::new());
    routes
        .0
        .pop()
        .unwrap_or_else(|| "cannot be read".to_owned())
}

#[derive(Default)]
struct Routes(Vec<String>);

impl<'a> Visit<'a> for Routes {
    fn withdrawn(&mut self, _: Family, nlri: Nlri) {
        self.0.push(nlri.to_string());
    }

    fn withdrawn_other(&mut self, _: Family, nlri: AnyNlri) {
        self.0.push(nlri.to_string());
    }
}

fn attribute(
    view: &AttributeView<'_>,
    context: &Context,
    lines: &mut Lines<'_, '_, impl Write>,
) -> io::Result<()> {
    let head = view.octets.get(..view.octets.len() - view.value.len());
    let flags = flags(view.flags);
    let rfc = section(view.code).map_or_else(String::new, |rfc| format!(" ({rfc})"));
    let meaning = format!("{}{rfc}: {flags}, {} octets", view.code, view.value.len());
    lines.field(view.offset, head.unwrap_or_default(), &meaning)?;
    // Read alone, in the session's context.
    let mut value = Value::default();
    let alone = UpdateView::of_attributes(view.octets);
    alone.walk(context, &mut value, &mut Vec::new());
    let at = view.value_offset();
    if let Some((family, next_hop, nlri)) = value.routes {
        let skipped = view.value.len().saturating_sub(nlri);
        let (head, routes_of) = view.value.split_at_checked(skipped).unwrap_or_default();
        let what = if next_hop.is_some() {
            "announced"
        } else {
            "withdrawn"
        };
        let text = match next_hop {
            Some(hop) if !hop.is_empty() => format!("{family} via {hop}"),
            _ => family.to_string(),
        };
        lines.field(at, head, &text)?;
        let with_path_ids = context.receives_path_ids(family);
        return routes(at + skipped, routes_of, family, with_path_ids, what, lines);
    }
    if view.value.is_empty() {
        return Ok(());
    }
    lines.field(at, view.value, &value.text)
}

/// What one attribute says.
#[derive(Default)]
struct Value {
    text: String,
    /// Family, next hop if it announces, octets of its routes.
    routes: Option<(Family, Option<String>, usize)>,
}

impl<'a> Visit<'a> for Value {
    fn attribute(&mut self, attribute: Attribute<'a>) {
        self.text = match attribute {
            Attribute::Origin(of) => of.to_string(),
            Attribute::AsPath(path) | Attribute::As4Path(path) => joined(path.asns()),
            Attribute::NextHop(of) => of.to_string(),
            Attribute::Med(of) | Attribute::LocalPref(of) => of.to_string(),
            Attribute::Aggregator(of) | Attribute::As4Aggregator(of) => of.to_string(),
            Attribute::Communities(list) => joined(list),
            Attribute::OriginatorId(of) => of.to_string(),
            Attribute::ClusterList(list) => joined(list),
            Attribute::ExtendedCommunities(list) => joined(list),
            Attribute::LargeCommunities(list) => joined(list),
            Attribute::OnlyToCustomer(of) => of.to_string(),
            Attribute::MpReach(of) => {
                let hop = of.next_hop.map_or_else(String::new, |hop| hop.to_string());
                self.routes = Some((of.family, Some(hop), of.nlri.len()));
                String::new()
            }
            Attribute::MpUnreach(of) => {
                self.routes = Some((of.family, None, of.nlri.len()));
                String::new()
            }
            Attribute::Other(of) => other(&of),
            _ => String::new(),
        };
    }
}

/// The value of an attribute that is kept as octets, if its type is known.
fn other(view: &AttributeView<'_>) -> String {
    use bgpwright::wire::{
        attribute::{Aigp, AttrSet, PmsiTunnel, PrefixSid, TunnelEncapsulation},
        link_state::LinkStateAttribute,
    };
    let texts = [
        view.typed::<Aigp>().map(|of| of.to_string()),
        view.typed::<AttrSet>().map(|of| of.to_string()),
        view.typed::<PmsiTunnel>().map(|of| of.to_string()),
        view.typed::<PrefixSid>().map(|of| of.to_string()),
        view.typed::<TunnelEncapsulation>().map(|of| of.to_string()),
        view.typed::<LinkStateAttribute>().map(|of| of.to_string()),
    ];
    texts.into_iter().flatten().next().unwrap_or_default()
}

fn joined<T: ToString>(list: impl Iterator<Item = T>) -> String {
    list.map(|of| of.to_string()).collect::<Vec<_>>().join(" ")
}

fn flags(flags: AttributeFlags) -> String {
    let names = [
        (AttributeFlags::OPTIONAL, "optional", "well-known"),
        (AttributeFlags::TRANSITIVE, "transitive", "non-transitive"),
        (AttributeFlags::PARTIAL, "partial", ""),
        (AttributeFlags::EXTENDED_LENGTH, "extended length", ""),
    ];
    let texts = names.iter().map(
        |(flag, set, unset)| {
            if flags.contains(*flag) { *set } else { *unset }
        },
    );
    texts
        .filter(|text| !text.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// Where an attribute is defined.
fn section(code: AttributeCode) -> Option<&'static str> {
    Some(match code {
        AttributeCode::ORIGIN => "RFC 4271 §5.1.1",
        AttributeCode::AS_PATH => "RFC 4271 §5.1.2",
        AttributeCode::NEXT_HOP => "RFC 4271 §5.1.3",
        AttributeCode::MULTI_EXIT_DISC => "RFC 4271 §5.1.4",
        AttributeCode::LOCAL_PREF => "RFC 4271 §5.1.5",
        AttributeCode::ATOMIC_AGGREGATE => "RFC 4271 §5.1.6",
        AttributeCode::AGGREGATOR => "RFC 4271 §5.1.7",
        AttributeCode::COMMUNITIES => "RFC 1997",
        AttributeCode::ORIGINATOR_ID | AttributeCode::CLUSTER_LIST => "RFC 4456 §8",
        AttributeCode::MP_REACH_NLRI => "RFC 4760 §3",
        AttributeCode::MP_UNREACH_NLRI => "RFC 4760 §4",
        AttributeCode::EXTENDED_COMMUNITIES => "RFC 4360 §2",
        AttributeCode::AS4_PATH | AttributeCode::AS4_AGGREGATOR => "RFC 6793 §3",
        AttributeCode::PMSI_TUNNEL => "RFC 6514 §5",
        AttributeCode::TUNNEL_ENCAPSULATION => "RFC 9012 §2",
        AttributeCode::IPV6_EXTENDED_COMMUNITIES => "RFC 5701 §2",
        AttributeCode::AIGP => "RFC 7311 §3",
        AttributeCode::BGP_LS => "RFC 7752 §3.3",
        AttributeCode::LARGE_COMMUNITIES => "RFC 8092 §3",
        AttributeCode::ONLY_TO_CUSTOMER => "RFC 9234 §5",
        AttributeCode::PREFIX_SID => "RFC 8669 §3",
        AttributeCode::ATTR_SET => "RFC 6368 §5",
        _ => return None,
    })
}

/// Octets of a field that are shown.
const SHOWN: usize = 12;
