//! The configuration file: TOML, as sample.toml explains it. Every error names
//! the file, the line, the field, and what was expected there.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    net::{IpAddr, SocketAddr},
    ops,
    path::Path,
    time::Duration,
};

use bgpwright::{
    policy::Policy,
    session::{
        self, Admission, AdmissionError, Authentication, KeyRef, OpenMode, PeerAs, Range, Reach,
        ScopedAddr, Transport, transport::PORT,
    },
    speaker::{Config, NextHopMode, PeerConfig, ReflectionRole, Speaker},
    types::{Asn, ClusterId, Community, Family, NextHop, PeerType, Prefix, RouterId},
    wire::AttributeSet,
};
use serde::Deserialize;
use toml::Spanned;

use crate::{
    settings::{self, Secret, Settings, Terms},
    text::{RemoteAs, Text},
};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Document {
    speaker: Spanned<Own>,
    #[serde(default)]
    neighbors: Vec<Spanned<Neighbor>>,
    #[serde(default)]
    policies: BTreeMap<String, Spanned<Policy>>,
    #[serde(default)]
    routes: Vec<Route>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Own {
    #[serde(rename = "as")]
    asn: Asn,
    router_id: Text<RouterId>,
    cluster_id: Option<Text<ClusterId>>,
    listen: Vec<Text<SocketAddr>>,
    hash_seed: Option<[u64; 2]>,
    #[serde(default = "no_limit")]
    limit: u32,
}

/// A neighbour, or, with a prefix for its address, a range of them.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Neighbor {
    address: Option<Text<ScopedAddr>>,
    prefix: Option<Text<Prefix>>,
    remote_as: RemoteAs,
    #[serde(default = "no_limit")]
    limit: u32,
    local_address: Option<Text<IpAddr>>,
    #[serde(default = "usual_port")]
    port: u16,
    #[serde(default)]
    passive: bool,
    md5_key_file: Option<String>,
    multihop: Option<u8>,
    ttl_security: Option<u8>,
    hold_time: Option<u16>,
    families: Option<Vec<Text<Family>>>,
    import: Option<Spanned<String>>,
    export: Option<Spanned<String>>,
    #[serde(default)]
    client: bool,
    #[serde(default)]
    next_hop: NextHopMode,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Route {
    prefix: Text<Prefix>,
    next_hop: Option<Text<IpAddr>>,
    med: Option<u32>,
    local_pref: Option<u32>,
    #[serde(default)]
    communities: Vec<Text<Community>>,
}

/// Reads a file and checks all that is in it.
///
/// # Errors
/// The text for the user.
pub(crate) fn read(path: &Path) -> Result<Settings, String> {
    let name = path.display().to_string();
    let text = fs::read_to_string(path).map_err(|error| format!("{name}: {error}"))?;
    let source = Source { name, text: &text };
    let Document {
        speaker,
        neighbors,
        policies,
        routes,
    } = source.document()?;
    let place = speaker.span();
    let own = speaker.into_inner();
    let mut config = Config::new(own.asn, own.router_id.0);
    config.cluster_id = own.cluster_id.map(|id| id.0);
    let [first, second] = own
        .hash_seed
        .unwrap_or_else(|| [settings::seed(), settings::seed()]);
    config.hash_seed = (first, second);
    if let Err(error) = Speaker::new(config.clone()) {
        return Err(source.at(&place, "speaker", &error.to_string()));
    }
    if own.listen.is_empty() {
        let says = "must have an address and a port such as \"0.0.0.0:179\"";
        return Err(source.at(&place, "speaker.listen", says));
    }
    let compiled = source.policies(policies)?;
    let mut reader = Reader {
        source,
        folder: path.parent().unwrap_or_else(|| Path::new("")),
        policies: compiled,
        settings: Settings {
            speaker: config,
            listen: own.listen.into_iter().map(|addr| addr.0).collect(),
            neighbors: Vec::new(),
            ranges: Vec::new(),
            limit: own.limit,
            threads: 1,
            routes: routes.into_iter().map(Route::into_route).collect(),
            keys: BTreeMap::new(),
            is_open: false,
        },
    };
    reader.neighbors(neighbors)?;
    Ok(reader.settings)
}

/// The text of a file, to point into.
#[derive(Debug)]
struct Source<'a> {
    name: String,
    text: &'a str,
}

impl Source<'_> {
    fn document(&self) -> Result<Document, String> {
        let whole = 0..0;
        let syntax = |error: &toml::de::Error| {
            self.at(
                &error.span().unwrap_or_else(|| whole.clone()),
                "",
                error.message(),
            )
        };
        let reader = toml::Deserializer::parse(self.text).map_err(|error| syntax(&error))?;
        serde_path_to_error::deserialize(reader).map_err(|error| {
            // Where serde_spanned reads a value, it calls it that.
            let field = error.path().to_string();
            let field = field.replace(".$__serde_spanned_private_value", "");
            let error = error.into_inner();
            let place = error.span().unwrap_or_else(|| whole.clone());
            let field = if field == "." { "" } else { &field };
            self.at(&place, field, error.message())
        })
    }

    /// Those that nobody uses are looked at as well.
    fn policies(
        &self,
        given: BTreeMap<String, Spanned<Policy>>,
    ) -> Result<BTreeMap<String, Policy>, String> {
        let checked = given.into_iter().map(|(name, policy)| {
            let place = policy.span();
            let policy = policy.into_inner();
            match policy.compile() {
                Ok(_) => Ok((name, policy)),
                Err(error) => Err(self.at(&place, &format!("policies.{name}"), &error.to_string())),
            }
        });
        checked.collect()
    }

    /// `file:line: field: what is wrong`, in one line.
    fn at(&self, place: &ops::Range<usize>, field: &str, what: &str) -> String {
        let before = self.text.get(..place.start).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let colon = if field.is_empty() { "" } else { ": " };
        let what = what.trim().replace('\n', "; ");
        format!("{}:{line}: {field}{colon}{what}", self.name)
    }
}

struct Reader<'a> {
    source: Source<'a>,
    /// Where paths of the file begin.
    folder: &'a Path,
    policies: BTreeMap<String, Policy>,
    settings: Settings,
}

impl Reader<'_> {
    fn neighbors(&mut self, neighbors: Vec<Spanned<Neighbor>>) -> Result<(), String> {
        let mut known = BTreeSet::new();
        let mut places = Vec::new();
        for (at, neighbor) in neighbors.into_iter().enumerate() {
            let field = format!("neighbors[{at}]");
            let place = neighbor.span();
            let neighbor = neighbor.into_inner();
            let terms = self.terms(&field, &neighbor)?;
            let range = neighbor.prefix;
            let done = match (neighbor.address, range) {
                (Some(address), None) if !known.insert(address.0) => {
                    Err(format!("{} is there already", address.0))
                }
                (Some(address), None) => self.neighbor(&neighbor, address.0, &terms),
                (None, Some(prefix)) => self.range(&neighbor, prefix.0, terms),
                _ => Err("expected either address or prefix".to_owned()),
            };
            done.map_err(|what| self.source.at(&place, &field, &what))?;
            if range.is_some() {
                places.push((place, field));
            }
        }
        let ranges = self.settings.ranges.iter().map(|(range, _)| range.clone());
        let Err(error) = Admission::new(ranges.collect(), self.settings.limit) else {
            return Ok(());
        };
        let (at, what) = match error {
            AdmissionError::Range { at, problem } => (at, problem.to_string()),
            AdmissionError::PrefixTwice { second, prefix, .. } => {
                (second, format!("prefix: {prefix} is there already"))
            }
            other => (0, other.to_string()),
        };
        let nowhere = (0..0, String::new());
        let (place, field) = places.get(at).unwrap_or(&nowhere);
        Err(self.source.at(place, field, &what))
    }

    fn terms(&self, field: &str, neighbor: &Neighbor) -> Result<Terms, String> {
        let policy = |name: &str, given: &Option<Spanned<String>>| {
            let Some(given) = given else { return Ok(None) };
            let found = match given.get_ref().as_str() {
                "accept" => Some(&Policy::ACCEPT),
                "reject" => Some(&Policy::REJECT),
                other => self.policies.get(other),
            };
            found.cloned().map(Some).ok_or_else(|| {
                let names: Vec<_> = self.policies.keys().map(String::as_str).collect();
                let what = format!(
                    "expected \"accept\", \"reject\" or the name of a policy ({}), not {:?}",
                    names.join(", "),
                    given.get_ref()
                );
                self.source
                    .at(&given.span(), &format!("{field}.{name}"), &what)
            })
        };
        Ok(Terms {
            import: policy("import", &neighbor.import)?,
            export: policy("export", &neighbor.export)?,
            reflection: if neighbor.client {
                ReflectionRole::Client
            } else {
                ReflectionRole::NonClient
            },
            next_hop: neighbor.next_hop,
        })
    }

    fn neighbor(
        &mut self,
        neighbor: &Neighbor,
        remote: ScopedAddr,
        terms: &Terms,
    ) -> Result<(), String> {
        if neighbor.limit != no_limit() {
            return Err("limit: is for a prefix only".to_owned());
        }
        let listen = &self.settings.listen;
        let local = match neighbor.local_address {
            Some(local) => local.0,
            None => settings::local_address(listen, remote.with_port(neighbor.port)).map_err(
                |error| format!("local-address: must be given, for the system has none: {error}"),
            )?,
        };
        let mut session = self.session(neighbor)?;
        session.open_mode = if neighbor.passive {
            OpenMode::Passive
        } else {
            OpenMode::Active
        };
        let mut transport = Transport::new(remote);
        transport.remote_port = neighbor.port;
        transport.local = Some(ScopedAddr {
            addr: local,
            scope: remote.scope,
        });
        transport.listen_port = settings::listen_port(listen, remote.addr);
        transport.reach = neighbor.reach(&session)?;
        if let Some(name) = &neighbor.md5_key_file {
            let key = KeyRef::from(name.as_str());
            let secret = secret(&self.folder.join(name));
            let secret = secret.map_err(|what| format!("md5-key-file: {name}: {what}"))?;
            self.settings.keys.insert(key.clone(), secret);
            transport.authentication = Authentication::Md5(key);
        }
        session.transport = Some(transport);
        let peer = terms.peer(remote.addr, local, session);
        self.check(&peer)?;
        self.settings.neighbors.push(peer);
        Ok(())
    }

    fn range(&mut self, neighbor: &Neighbor, prefix: Prefix, terms: Terms) -> Result<(), String> {
        let only_for_address = [
            ("local-address", neighbor.local_address.is_some()),
            ("port", neighbor.port != PORT),
            ("passive", neighbor.passive),
            ("md5-key-file", neighbor.md5_key_file.is_some()),
        ];
        if let Some((field, _)) = only_for_address.iter().find(|(_, given)| *given) {
            return Err(format!("{field}: is for an address only"));
        }
        let session = self.session(neighbor)?;
        let reach = neighbor.reach(&session)?;
        let mut range = Range::new(prefix, session);
        range.limit = neighbor.limit;
        range.reach = reach;
        range.listen_port = settings::listen_port(&self.settings.listen, prefix.addr());
        self.check(&settings::sample(&range, &terms))?;
        self.settings.ranges.push((range, terms));
        Ok(())
    }

    fn session(&self, neighbor: &Neighbor) -> Result<session::Config, String> {
        let Config { asn, router_id, .. } = self.settings.speaker;
        let mut session = settings::session(asn, router_id, neighbor.remote_as.0.clone());
        if let Some(seconds) = neighbor.hold_time {
            session.hold_time = Duration::from_secs(seconds.into());
        }
        if let Some(families) = &neighbor.families {
            session.families = families.iter().map(|family| family.0).collect();
        }
        session.check().map_err(|error| error.to_string())?;
        Ok(session)
    }

    fn check(&self, peer: &PeerConfig) -> Result<(), String> {
        settings::check_peer(&self.settings.speaker, peer.clone())
            .map_err(|error| error.to_string())
    }
}

impl Neighbor {
    fn reach(&self, session: &session::Config) -> Result<Reach, String> {
        match (self.multihop, self.ttl_security) {
            (Some(hops), None) => Ok(Reach::Multihop { hops }),
            (None, Some(hops)) => Ok(Reach::Secured { hops }),
            (Some(_), Some(_)) => Err("ttl-security: there is multihop already".to_owned()),
            (None, None) => {
                let only = session.peer_as.only(session.local_as);
                let internal = only == Some(session.local_as) || session.peer_as == PeerAs::Any;
                Ok(Reach::usual(if internal {
                    PeerType::Internal
                } else {
                    PeerType::External
                }))
            }
        }
    }
}

impl Route {
    fn into_route(self) -> (Prefix, AttributeSet) {
        let attributes = AttributeSet {
            next_hop: self.next_hop.map(|hop| NextHop::from(hop.0)),
            med: self.med,
            local_pref: self.local_pref,
            communities: self.communities.into_iter().map(|it| it.0).collect(),
            ..AttributeSet::default()
        };
        (self.prefix.0, attributes)
    }
}

/// The first line of a file: as much as TCP MD5 takes.
fn secret(path: &Path) -> Result<Secret, String> {
    let text = fs::read(path).map_err(|error| error.to_string())?;
    let line = text.split(|octet| matches!(octet, b'\r' | b'\n')).next();
    let key = line.unwrap_or_default();
    if key.is_empty() || key.len() > LONGEST_KEY {
        return Err(format!(
            "the first line must have 1 to {LONGEST_KEY} octets"
        ));
    }
    Ok(Secret(key.to_vec()))
}

const fn no_limit() -> u32 {
    u32::MAX
}

const fn usual_port() -> u16 {
    PORT
}

/// What Linux takes (`TCP_MD5SIG_MAXKEYLEN`).
pub(crate) const LONGEST_KEY: usize = 80;
