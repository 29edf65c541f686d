//! What failed sign-ins hold back. Failures are counted for a login at one address,
//! for a login, and for an address; first they slow the next try down, then they stop
//! it for a while.
//!
//! * A login at one address has few tries, so that nobody guesses a password. Who guesses from
//!   elsewhere does not lock the person out: that is another address.
//! * A login at all addresses together is only slowed down, and never at an address from
//!   which its person has signed in lately. So guessing from many addresses takes years, and
//!   does not keep the person away from the own desk.
//! * An address has more tries, because two hundred officers can share one. That stops who tries one
//!   password on many logins.
//!
//! Counters do not know whether there is an account with the login. A login that nobody has is
//! held back as any other, so the answer says nothing about it.
//!
//! A try is decided in one transaction that has all its counters to itself ([`decide`]), after the
//! password was compared. Of many tries at the same time those count that are decided first; whatever comes
//! after the limit is refused, even if it is right.

use std::net::{IpAddr, Ipv6Addr};

use jiff::{SignedDuration, Timestamp};
use model::ids::RegionId;
use store::{
    Tx,
    sign_in_failures::{self as rows, Failures},
};

use super::digest;
use crate::{App, Error, Result, transact::transact};

/// How long an address at which a person has signed in is that person's.
pub(crate) const KNOWN_ADDRESS: SignedDuration = SignedDuration::from_hours(90 * 24);

/// What failures are counted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scope {
    LoginAtAddress,
    Login,
    Address,
}

impl Scope {
    /// How long nobody may try again after so many failures.
    fn wait(self, failures: i64) -> SignedDuration {
        match (self, failures) {
            (Self::LoginAtAddress, ..3) | (Self::Login | Self::Address, ..20) => SignedDuration::ZERO,
            (Self::LoginAtAddress, 3) => SignedDuration::from_secs(5),
            (Self::LoginAtAddress, 4) => SignedDuration::from_secs(30),
            (Self::Login, 20..) => SignedDuration::from_mins(1),
            (Self::Address, 20..60) => SignedDuration::from_secs(2),
            (Self::LoginAtAddress, 5..) | (Self::Address, 60..) => SignedDuration::from_mins(15),
        }
    }

    /// How long failures count.
    fn memory(self) -> SignedDuration {
        match self {
            Self::LoginAtAddress | Self::Address => SignedDuration::from_mins(15),
            Self::Login => SignedDuration::from_hours(1),
        }
    }

    /// What the failures become by one more.
    fn with_one_more(self, failures: Failures, now: Timestamp) -> Failures {
        let count = failures.failures + 1;
        let until = |time: SignedDuration| (now + time).as_microsecond();
        // People who share an address mistype all day long: only its last quarter of an hour counts. For a login
        // each failure makes all of them count longer.
        let is_begun = self == Self::Address && failures.failures > 0;
        let forget_at = if is_begun { failures.forget_at } else { until(self.memory()) };
        let refused_until = until(self.wait(count));
        Failures { failures: count, forget_at: forget_at.max(refused_until), refused_until }
    }
}

/// Somebody tries to show who he is.
#[derive(Debug, Clone)]
pub(super) struct Attempt {
    /// The login; `None` for a code, which stands for its account alone.
    login: Option<String>,
    address: Option<IpAddr>,
    /// Whether the person with this login has signed in from this address lately.
    pub(super) is_known_address: bool,
}

impl Attempt {
    pub(super) fn new(login: &str, address: Option<IpAddr>) -> Self {
        let login = Some(login.trim().to_owned());
        Self { login, address: address.map(network), is_known_address: false }
    }

    /// Somebody shows an activation code. Two hundred officers can share the address.
    pub(super) fn of_code(address: Option<IpAddr>) -> Self {
        Self { login: None, address: address.map(network), is_known_address: false }
    }

    /// What its failures are counted for, always in this order. People type passwords into the
    /// field of the login: only a digest is kept.
    fn subjects(&self) -> Vec<(Scope, String)> {
        let address = address_text(self.address);
        let mut subjects = Vec::new();
        if let Some(login) = self.login.as_deref().map(digest) {
            subjects.push((Scope::LoginAtAddress, format!("login {login} at {address}")));
            if !self.is_known_address {
                subjects.push((Scope::Login, format!("login {login}")));
            }
        }
        if self.address.is_some() || self.login.is_none() {
            subjects.push((Scope::Address, format!("address {address}")));
        }
        subjects
    }
}

/// An address, or nothing for a request that has none.
pub(super) fn address_text(address: Option<IpAddr>) -> String {
    address.map(|address| address.to_string()).unwrap_or_default()
}

/// The address that tries are counted for. Whoever has one address of IPv6 has 2⁶⁴ of them.
pub(super) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        address @ IpAddr::V4(_) => address,
    }
}

/// What has been decided about a try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Decision {
    /// It was right.
    Right,
    /// It was wrong.
    Wrong {
        /// Whether it was one too many: the login is locked at this address.
        is_locked: bool,
    },
    /// It is not looked at.
    Refused {
        /// Seconds until another one is.
        seconds: u32,
    },
}

impl Decision {
    /// Nothing when it was right.
    ///
    /// # Errors
    /// [`Error::SignInRefused`] and [`Error::TooManyAttempts`].
    pub(super) fn into_result(self) -> Result<()> {
        match self {
            Self::Right => Ok(()),
            Self::Wrong { .. } => Err(Error::SignInRefused),
            Self::Refused { seconds } => Err(Error::TooManyAttempts { seconds }),
        }
    }
}

/// The region that keeps the counters: somebody who signs in has no region yet.
pub(super) fn region(app: &App) -> Result<RegionId> {
    let first = app.regions().into_iter().min();
    first.map_or_else(|| app.first_region(), Ok)
}

/// Refuses a try that will be refused anyway, before its password is compared.
///
/// # Errors
/// [`Error::TooManyAttempts`].
pub(super) async fn check(app: &App, attempt: &Attempt) -> Result<()> {
    let now = app.clock.now();
    let mut tx = app.read(region(app)?).await?;
    let mut until = 0;
    for (_, subject) in attempt.subjects() {
        until = until.max(rows::find(&mut tx, &subject).await?.refused_until);
    }
    match seconds_until(until, now) {
        0 => Ok(()),
        seconds => Err(Error::TooManyAttempts { seconds }),
    }
}

/// Decides a try whose password was compared, and counts it when it was wrong.
pub(super) async fn decide(app: &App, attempt: &Attempt, is_right: bool) -> Result<Decision> {
    transact!(app, region(app)?, |tx| {
        let now = app.clock.now();
        let mut counted = Vec::new();
        for (scope, subject) in attempt.subjects() {
            let failures = rows::lock(tx, &subject).await?;
            counted.push((scope, subject, failures));
        }
        let until = counted.iter().map(|(.., failures)| failures.refused_until).max().unwrap_or(0);
        let seconds = seconds_until(until, now);
        if seconds > 0 {
            return Ok(Decision::Refused { seconds });
        }
        if is_right {
            forget(tx, &counted).await?;
            return Ok(Decision::Right);
        }
        let mut is_locked = false;
        for (scope, subject, failures) in counted {
            let is_forgotten = failures.forget_at <= now.as_microsecond();
            let failures = if is_forgotten { Failures::default() } else { failures };
            let failures = scope.with_one_more(failures, now);
            is_locked |= scope.wait(failures.failures) >= SignedDuration::from_mins(15);
            rows::put(tx, &subject, &failures).await?;
        }
        Ok(Decision::Wrong { is_locked })
    })
}

/// Forgets the failures of a person at an address who has shown who he is. Other counters go on: who
/// has an account of his own could clear them while he guesses at others.
async fn forget(tx: &mut Tx, counted: &[(Scope, String, Failures)]) -> Result<()> {
    for (scope, subject, failures) in counted {
        if *scope == Scope::LoginAtAddress || failures.failures == 0 {
            rows::delete(tx, subject).await?;
        }
    }
    Ok(())
}

/// Forgets all failures of a login, when the office has given it a new password.
pub(super) async fn forget_login(app: &App, login: &str) -> Result<()> {
    let subject = format!("login {}", digest(login.trim()));
    transact!(app, region(app)?, |tx| {
        rows::delete_beginning_with(tx, &subject).await?;
        Ok(())
    })
}

/// The longest that anybody is refused.
const LONGEST: SignedDuration = SignedDuration::from_mins(15);
/// Who is refused for more than this longer was so by a clock that was ahead and has been set right.
const AHEAD: SignedDuration = SignedDuration::from_hours(1);

fn seconds_until(until: i64, now: Timestamp) -> u32 {
    let micros = (until - now.as_microsecond()).max(0);
    let longest = i64::try_from(LONGEST.as_micros()).unwrap_or(i64::MAX);
    let is_impossible = micros > longest + i64::try_from(AHEAD.as_micros()).unwrap_or(i64::MAX);
    let micros = if is_impossible { 0 } else { micros.min(longest) };
    u32::try_from((micros + 999_999) / 1_000_000).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_slow_down_before_they_lock() {
        let check = |scope: Scope, failures: i64, seconds: i64| {
            assert_eq!(scope.wait(failures), SignedDuration::from_secs(seconds), "{scope:?} {failures}");
        };
        for (failures, seconds) in [(1, 0), (2, 0), (3, 5), (4, 30), (5, 900), (6, 900), (1000, 900)] {
            check(Scope::LoginAtAddress, failures, seconds);
        }
        for (failures, seconds) in [(1, 0), (19, 0), (20, 60), (100_000, 60)] {
            check(Scope::Login, failures, seconds);
        }
        for (failures, seconds) in [(19, 0), (20, 2), (59, 2), (60, 900)] {
            check(Scope::Address, failures, seconds);
        }
    }

    #[test]
    fn the_failures_of_an_address_count_for_a_quarter_of_an_hour_and_those_of_a_login_while_they_go_on() {
        let start = Timestamp::UNIX_EPOCH;
        let later = start + SignedDuration::from_mins(10);
        let after = |scope: Scope| {
            let once = scope.with_one_more(Failures::default(), start);
            scope.with_one_more(once, later).forget_at
        };
        assert_eq!(after(Scope::Address), (start + SignedDuration::from_mins(15)).as_microsecond());
        assert_eq!(after(Scope::LoginAtAddress), (later + SignedDuration::from_mins(15)).as_microsecond());
        assert_eq!(after(Scope::Login), (later + SignedDuration::from_hours(1)).as_microsecond());
    }

    #[test]
    fn addresses_of_one_network_are_one() {
        let check = |address: &str, expected: &str| {
            let network = network(address.parse().expect("an address"));
            assert_eq!(network.to_string(), expected, "{address}");
        };
        check("192.0.2.7", "192.0.2.7");
        check("::ffff:192.0.2.7", "192.0.2.7");
        check("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::");
        check("2001:db8:1:2:ffff::1", "2001:db8:1:2::");
    }
}
