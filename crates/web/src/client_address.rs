//! From which address a request comes. Whoever connects is that address, unless it is a
//! proxy that the operator has declared. What a proxy says is believed, and nothing else: the list in its
//! header is read from the right, where the nearest proxy has written, as far as the addresses are declared
//! ones. The first that is not is the client. Anything further left was written by strangers.

use std::{net::IpAddr, str::FromStr};

use axum::http::{HeaderMap, HeaderName, header};
use thiserror::Error;

/// The proxies that stand in front of this server.
#[derive(Debug, Clone, Default)]
pub struct Proxies {
    /// Where they are; whatever comes from elsewhere is no proxy.
    pub networks: Vec<Network>,
    /// Which header they write.
    pub header: ProxyHeader,
}

/// The header in which proxies say for whom they ask.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ProxyHeader {
    /// `X-Forwarded-For`: addresses, separated by commas.
    #[default]
    XForwardedFor,
    /// `Forwarded` (RFC 7239): `for=ADDRESS;…`, separated by commas.
    Forwarded,
}

/// An address or a network, such as `10.0.0.0/8`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    bits: u8,
}

/// A text that is no network.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` is no address and no network such as 10.0.0.0/8")]
pub struct NoNetwork(String);

impl FromStr for Network {
    type Err = NoNetwork;

    fn from_str(text: &str) -> Result<Self, NoNetwork> {
        let wrong = || NoNetwork(text.to_owned());
        let (address, bits) = text.trim().split_once('/').map_or((text.trim(), None), |(a, b)| (a, Some(b)));
        let address: IpAddr = address.parse().map_err(|_| wrong())?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Ok(most), str::parse).map_err(|_| wrong())?;
        if bits > most { Err(wrong()) } else { Ok(Self { address, bits }) }
    }
}

impl Network {
    /// Whether an address is in it.
    fn contains(&self, address: IpAddr) -> bool {
        let number = |address: IpAddr| match address {
            IpAddr::V4(address) => (u128::from(u32::from(address)) << 96, true),
            IpAddr::V6(address) => (u128::from(address), false),
        };
        let (own, is_four) = number(self.address);
        let (other, is_other_four) = number(address);
        let mask = u128::MAX.checked_shl(128 - u32::from(self.bits)).unwrap_or(0);
        is_four == is_other_four && own & mask == other & mask
    }
}

impl Proxies {
    fn contain(&self, address: IpAddr) -> bool {
        self.networks.iter().any(|network| network.contains(address))
    }

    /// For whom somebody at `peer` asks, with these headers.
    pub(crate) fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = peer.to_canonical();
        for text in self.named(headers).into_iter().rev() {
            if !self.contain(client) {
                break;
            }
            // What cannot be read is not believed, nor what is left of it: the proxy itself is held to account.
            let Some(next) = address_in(&text) else { break };
            client = next;
        }
        client
    }

    /// Whom the headers name, from left to right.
    fn named(&self, headers: &HeaderMap) -> Vec<String> {
        const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
        let name = match self.header {
            ProxyHeader::XForwardedFor => X_FORWARDED_FOR,
            ProxyHeader::Forwarded => header::FORWARDED,
        };
        let lines = headers.get_all(name).into_iter().map(|line| String::from_utf8_lossy(line.as_bytes()));
        let mut named = Vec::new();
        for line in lines {
            for element in unquoted_split(&line, ',') {
                named.push(match self.header {
                    ProxyHeader::XForwardedFor => element.trim().to_owned(),
                    ProxyHeader::Forwarded => forwarded_for(element),
                });
            }
        }
        named
    }
}

/// Splits at a character outside quotation marks.
fn unquoted_split(text: &str, at: char) -> Vec<&str> {
    let mut is_quoted = false;
    text.split(|c| {
        is_quoted ^= c == '"';
        c == at && !is_quoted
    })
    .collect()
}

/// What an element of `Forwarded` says after `for=`; nothing when it says nothing.
fn forwarded_for(element: &str) -> String {
    let pairs = unquoted_split(element, ';').into_iter().filter_map(|pair| pair.split_once('='));
    let mut values = pairs.filter(|(name, _)| name.trim().eq_ignore_ascii_case("for"));
    values.next().map(|(_, value)| value.trim().trim_matches('"').to_owned()).unwrap_or_default()
}

/// An address, with or without brackets and a port.
fn address_in(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let bare = match text.strip_prefix('[') {
        Some(rest) => rest.split_once(']')?.0,
        // One colon ends an address of four numbers, many are within one of IPv6.
        None if text.matches(':').count() == 1 => text.split_once(':')?.0,
        None => text,
    };
    bare.parse().ok().map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn client(networks: &[&str], header: ProxyHeader, peer: &str, lines: &[&str]) -> String {
        let networks = networks.iter().map(|text| text.parse().expect("a network")).collect();
        let name = match header {
            ProxyHeader::XForwardedFor => "x-forwarded-for",
            ProxyHeader::Forwarded => "forwarded",
        };
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(name, HeaderValue::from_str(line).expect("a header"));
        }
        Proxies { networks, header }.client(peer.parse().expect("an address"), &headers).to_string()
    }

    #[test]
    fn what_strangers_write_is_not_believed() {
        let check = |networks: &[&str], peer: &str, lines: &[&str], expected: &str| {
            let found = client(networks, ProxyHeader::XForwardedFor, peer, lines);
            assert_eq!(found, expected, "{networks:?} {peer} {lines:?}");
        };
        // No proxy is declared: whoever connects is the client.
        check(&[], "192.0.2.1", &["10.9.9.9"], "192.0.2.1");
        // Somebody who is no proxy says that he asks for another.
        check(&["10.0.0.0/8"], "192.0.2.1", &["10.9.9.9"], "192.0.2.1");
        // The proxy names whom it asks for; what is left of it was sent along by the client.
        check(&["10.0.0.0/8"], "10.0.0.1", &["1.1.1.1, 2.2.2.2, 192.0.2.7"], "192.0.2.7");
        check(&["10.0.0.0/8"], "10.0.0.1", &["1.1.1.1", "192.0.2.7"], "192.0.2.7");
        // Two proxies, one behind the other.
        check(&["10.0.0.0/8", "172.16.0.9"], "10.0.0.1", &["1.1.1.1, 192.0.2.7, 172.16.0.9"], "192.0.2.7");
        check(&["10.0.0.0/8"], "10.0.0.1", &["1.1.1.1, 192.0.2.7, 172.16.0.9"], "172.16.0.9");
        // Only proxies: the farthest.
        check(&["10.0.0.0/8"], "10.0.0.1", &["10.0.0.3, 10.0.0.2"], "10.0.0.3");
        // What cannot be read ends the list.
        check(&["10.0.0.0/8"], "10.0.0.1", &["192.0.2.7, unknown"], "10.0.0.1");
        check(&["10.0.0.0/8"], "10.0.0.1", &["192.0.2.7, "], "10.0.0.1");
        check(&["10.0.0.0/8"], "10.0.0.1", &[], "10.0.0.1");
        // With ports and brackets, and IPv4 written as IPv6.
        check(&["10.0.0.0/8"], "10.0.0.1", &["192.0.2.7:50123"], "192.0.2.7");
        check(&["::1"], "::1", &["[2001:db8::7]:443"], "2001:db8::7");
        check(&["::1"], "::1", &["2001:db8::7"], "2001:db8::7");
        check(&["10.0.0.0/8"], "::ffff:10.0.0.1", &["::ffff:192.0.2.7"], "192.0.2.7");
        check(&["fd00::/8"], "fd12::1", &["192.0.2.7"], "192.0.2.7");
    }

    #[test]
    fn the_header_that_is_not_declared_is_not_read() {
        let check = |lines: &[&str], expected: &str| {
            assert_eq!(
                client(&["10.0.0.0/8"], ProxyHeader::Forwarded, "10.0.0.1", lines),
                expected,
                "{lines:?}"
            );
        };
        check(&["for=1.1.1.1, for=192.0.2.7;proto=https;by=10.0.0.1"], "192.0.2.7");
        check(&["For=\"192.0.2.7:4711\""], "192.0.2.7");
        check(&["for=\"[2001:db8::7]:4711\""], "2001:db8::7");
        check(&["for=_hidden"], "10.0.0.1");
        check(&["proto=https"], "10.0.0.1");
        check(&["for=\"1.1.1.1, 2.2.2.2\", for=192.0.2.7"], "192.0.2.7");
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", HeaderValue::from_static("192.0.2.9"));
        let proxies = Proxies {
            networks: vec!["10.0.0.0/8".parse().expect("a network")],
            header: ProxyHeader::Forwarded,
        };
        assert_eq!(proxies.client([10, 0, 0, 1].into(), &headers).to_string(), "10.0.0.1");
    }

    #[test]
    fn networks_are_read_and_hold_what_they_should() {
        for wrong in ["", "10.0.0.0/33", "10.0.0/8", "::/129", "10.0.0.0/x", "office", "10.0.0.0/-1"] {
            assert!(wrong.parse::<Network>().is_err(), "{wrong}");
        }
        let check = |network: &str, address: &str, expected: bool| {
            let network: Network = network.parse().expect("a network");
            assert_eq!(
                network.contains(address.parse().expect("an address")),
                expected,
                "{network:?} {address}"
            );
        };
        check("0.0.0.0/0", "203.0.113.9", true);
        check("0.0.0.0/0", "::1", false);
        check("10.0.0.0/8", "10.255.0.1", true);
        check("10.0.0.0/8", "11.0.0.1", false);
        check("192.0.2.128/25", "192.0.2.127", false);
        check("192.0.2.128/25", "192.0.2.128", true);
        check("192.0.2.1", "192.0.2.1", true);
        check("192.0.2.1", "192.0.2.2", false);
        check("::/0", "2001:db8::1", true);
        check("2001:db8::/32", "2001:db9::1", false);
    }
}
