//! Time: instants, lifetimes, and how people say both. The only reader of the clock and of the time zone;
//! everything else takes `now`.

use std::fmt;

use jiff::civil;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

/// Seconds since the Unix epoch, as `iat`, `nbf` and `exp` count them (RFC 7519 NumericDate).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The current second.
    #[must_use]
    pub fn now() -> Self {
        Self(jiff::Timestamp::now().as_second())
    }

    /// Milliseconds since the Unix epoch: for measuring how far two clocks are apart.
    #[must_use]
    pub fn now_millis() -> i64 {
        jiff::Timestamp::now().as_millisecond()
    }

    /// Reads an HTTP `Date` (`Tue, 24 Nov 2026 14:42:07 GMT`).
    #[must_use]
    pub fn from_http_date(text: &str) -> Option<Self> {
        jiff::fmt::rfc2822::parse(text).ok().map(|date| Self(date.timestamp().as_second()))
    }

    /// Reads a moment that is over: a date (its beginning), `2026-11-01 18:00`, an RFC 3339 instant, or how long ago it
    /// is (`30d`, `12h`). `None` for anything else, and for what is yet to come.
    #[must_use]
    pub fn past(text: &str, now: Self, zone: &Zone) -> Option<Self> {
        let text = text.trim();
        if let Ok(Ttl::For(seconds)) = Ttl::parse(text, now, zone) {
            return Some(now.plus(-i64::try_from(seconds).ok()?));
        }
        // A time of day alone would be one that is yet to come.
        let moment = match text.parse::<civil::Date>() {
            _ if !text.contains('-') => None,
            Ok(date) if !text.contains([' ', 'T', 't']) => zone
                .0
                .to_timestamp(date.to_datetime(civil::Time::midnight()))
                .ok()
                .map(|t| Self(t.as_second())),
            _ => parse_end(text, now, zone),
        };
        moment.filter(|moment| *moment <= now)
    }

    /// `seconds` since the Unix epoch.
    #[must_use]
    pub const fn from_unix(seconds: i64) -> Self {
        Self(seconds)
    }

    /// Seconds since the Unix epoch.
    #[must_use]
    pub const fn as_unix(self) -> i64 {
        self.0
    }

    /// This instant moved by `seconds`, which may be negative.
    #[must_use]
    pub const fn plus(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds))
    }

    /// Seconds from `earlier` to this instant; negative when `earlier` is later.
    #[must_use]
    pub const fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// `2026-11-24T14:42:07Z`. Instants outside the years -9999 to 9999 are given in seconds.
    #[must_use]
    pub fn iso(self) -> String {
        jiff::Timestamp::from_second(self.0).map_or_else(|_| format!("{} s", self.0), |t| t.to_string())
    }
}

/// A time zone, for showing instants and for reading `until 18:00`.
#[derive(Clone, PartialEq, Eq)]
pub struct Zone(TimeZone);

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Zone({})", self.0.iana_name().unwrap_or("unnamed"))
    }
}

impl Zone {
    /// The zone of this machine, wherever it is written. Looks through the names of all zones there are, which
    /// takes a millisecond: `ports::zone` knows a shorter way.
    #[must_use]
    pub fn local() -> Self {
        Self(TimeZone::system())
    }

    /// The zone that such a file as `/etc/localtime` describes (TZif, RFC 9636); `None` if it is not one.
    #[must_use]
    pub fn of_file(contents: &[u8]) -> Option<Self> {
        TimeZone::tzif("local", contents).ok().map(Self)
    }

    /// Coordinated universal time.
    #[must_use]
    pub const fn utc() -> Self {
        Self(TimeZone::UTC)
    }

    fn civil(&self, at: Timestamp) -> Option<civil::DateTime> {
        jiff::Timestamp::from_second(at.0).ok().map(|t| self.0.to_datetime(t))
    }

    /// `2026-11-24`.
    #[must_use]
    pub fn date(&self, at: Timestamp) -> String {
        self.civil(at).map_or_else(|| at.iso(), |t| t.date().to_string())
    }

    /// `14:42:07`.
    #[must_use]
    pub fn time_of_day(&self, at: Timestamp) -> String {
        self.civil(at).map_or_else(|| at.iso(), |t| t.strftime("%H:%M:%S").to_string())
    }

    /// The instant as one says it at `now`: `15:42` today, `tomorrow 15:42`, `Mon 30 Nov 15:42` within half a
    /// year, else `2046-11-19`.
    #[must_use]
    pub fn said(&self, at: Timestamp, now: Timestamp) -> String {
        self.said_as(at, now, "%H:%M")
    }

    /// As [`Zone::said`], to the second wherever the time of day is told: `15:42:07`.
    #[must_use]
    pub fn said_exactly(&self, at: Timestamp, now: Timestamp) -> String {
        self.said_as(at, now, "%H:%M:%S")
    }

    fn said_as(&self, at: Timestamp, now: Timestamp, time: &str) -> String {
        let (Some(t), Some(today)) = (self.civil(at), self.civil(now)) else { return at.iso() };
        let days = t.date().since(today.date()).map_or(i32::MAX, |span| span.get_days());
        let format = match days {
            0 => time.to_owned(),
            1 => format!("tomorrow {time}"),
            -1 => format!("yesterday {time}"),
            -180..=180 => format!("%a %-d %b {time}"),
            _ => "%Y-%m-%d".to_owned(),
        };
        t.strftime(&format).to_string()
    }
}

/// A length of time in the two largest units that matter: `59 min 51 s`, `5 h 59 min`, `3 d`, `20 y 2 d`.
/// The sign is dropped.
#[must_use]
pub fn length(seconds: i64) -> String {
    const UNITS: [(u64, &str); 5] = [(365 * 86_400, "y"), (86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")];
    let total = seconds.unsigned_abs();
    let Some(first) = UNITS.iter().position(|(size, _)| total >= *size) else { return "0 s".into() };
    let (size, unit) = UNITS[first];
    let mut out = format!("{} {unit}", total / size);
    if let Some((smaller, name)) = UNITS.get(first + 1) {
        let rest = total % size / smaller;
        if rest > 0 {
            out.push(' ');
            out.push_str(&rest.to_string());
            out.push(' ');
            out.push_str(name);
        }
    }
    out
}

/// `in 5 h 59 min`, `3 min 12 s ago`, `now`.
#[must_use]
pub fn relative(at: Timestamp, now: Timestamp) -> String {
    match at.since(now) {
        0 => "now".into(),
        ahead @ 1.. => format!("in {}", length(ahead)),
        behind => format!("{} ago", length(behind)),
    }
}

/// How long a token is to live: for a while from the moment it is signed, or until a fixed instant.
///
/// Written `1h30m` or `until 2026-11-24T18:00:00Z`; read back by [`Ttl::parse`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ttl {
    /// Seconds from signing. Zero is allowed and makes a token that is born expired.
    For(u64),
    /// A fixed end, whenever it is signed.
    Until(Timestamp),
}

impl Ttl {
    /// What a new draft lives: one hour.
    pub const DEFAULT: Self = Self::For(3_600);
    /// The steps of `[` and `]`: 5 min, 15 min, 30 min, 1 h, 2 h, 6 h, 12 h, 24 h, 7 d, 30 d.
    pub const STEPS: [u64; 10] = [300, 900, 1_800, 3_600, 7_200, 21_600, 43_200, 86_400, 604_800, 2_592_000];
    /// The longest that is accepted: 100 years.
    pub const LONGEST: u64 = 100 * 365 * 86_400;

    /// Reads `90m`, `1h30m`, `2 days`, `until 18:00`, `until tomorrow 9:00`, `until 2026-12-01 18:00` or
    /// `until 2026-12-01T18:00:00Z`. A time of day that has passed at `now` is tomorrow's.
    ///
    /// # Errors
    /// [`TtlError`] says what is wrong and [`TtlError::hint`] how to write it.
    pub fn parse(text: &str, now: Timestamp, zone: &Zone) -> Result<Self, TtlError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(TtlError::Empty);
        }
        let unclear = || TtlError::Unclear { text: text.chars().take(40).collect() };
        if let Some(end) = text.strip_prefix("until ").or_else(|| text.strip_prefix("until")) {
            let at = parse_end(end.trim(), now, zone).ok_or_else(unclear)?;
            return match at.since(now) {
                left if left <= 0 => Err(TtlError::Past { ago: relative(at, now) }),
                left if left.unsigned_abs() > Self::LONGEST => Err(TtlError::TooLong),
                _ => Ok(Self::Until(at)),
            };
        }
        if text.bytes().all(|b| b.is_ascii_digit()) {
            return Err(TtlError::NoUnit { number: text.chars().take(12).collect() });
        }
        if text.starts_with('-') {
            return Err(TtlError::Negative);
        }
        let span: jiff::Span = text.parse().map_err(|_| unclear())?;
        let relative_to = jiff::SpanRelativeTo::days_are_24_hours();
        // Months and years have no fixed length; 30 and 365 days are near enough for a token.
        let days = i64::from(span.get_years()) * 365 + i64::from(span.get_months()) * 30;
        let rest = span.years(0).months(0).to_duration(relative_to).map_err(|_| unclear())?;
        let seconds = days * 86_400 + rest.as_secs();
        match u64::try_from(seconds) {
            Err(_) => Err(TtlError::Negative),
            Ok(seconds) if seconds > Self::LONGEST => Err(TtlError::TooLong),
            Ok(seconds) => Ok(Self::For(seconds)),
        }
    }

    /// When a token signed at `now` stops being accepted.
    #[must_use]
    pub fn expiry(self, now: Timestamp) -> Timestamp {
        match self {
            Self::For(seconds) => now.plus(i64::try_from(seconds).unwrap_or(i64::MAX)),
            Self::Until(at) => at,
        }
    }

    /// The next longer (or shorter) of [`Ttl::STEPS`], seen from `now`; the same at the end of the line.
    #[must_use]
    pub fn step(self, longer: bool, now: Timestamp) -> Self {
        let seconds = u64::try_from(self.expiry(now).since(now)).unwrap_or(0);
        let next = if longer {
            Self::STEPS.into_iter().find(|step| *step > seconds)
        } else {
            Self::STEPS.into_iter().rev().find(|step| *step < seconds)
        };
        next.map_or(self, Self::For)
    }

    /// As one says it: `1 h 30 min`, or `until 18:00`.
    #[must_use]
    pub fn said(self, now: Timestamp, zone: &Zone) -> String {
        match self {
            Self::For(seconds) => length(i64::try_from(seconds).unwrap_or(i64::MAX)),
            Self::Until(at) => format!("until {}", zone.said(at, now)),
        }
    }
}

impl fmt::Display for Ttl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Until(at) => write!(f, "until {}", at.iso()),
            Self::For(0) => f.write_str("0s"),
            Self::For(seconds) => {
                let mut rest = seconds;
                for (size, unit) in [(86_400, "d"), (3_600, "h"), (60, "m"), (1, "s")] {
                    if rest >= size {
                        write!(f, "{}{unit}", rest / size)?;
                        rest %= size;
                    }
                }
                Ok(())
            }
        }
    }
}

/// `18:00`, `tomorrow 9:00`, a date with or without a time, or a full RFC 3339 instant.
fn parse_end(text: &str, now: Timestamp, zone: &Zone) -> Option<Timestamp> {
    if let Ok(instant) = text.parse::<jiff::Timestamp>() {
        return Some(Timestamp(instant.as_second()));
    }
    let today = zone.civil(now)?.date();
    let at = |date: civil::Date, time: civil::Time| {
        zone.0.to_timestamp(date.to_datetime(time)).ok().map(|t| Timestamp(t.as_second()))
    };
    let time_of_day = |text: &str| {
        let text = text.trim();
        // A date and time would be read as a time too, so the first colon must follow one or two digits.
        let padded = match text.find(':') {
            Some(1) => format!("0{text}"),
            Some(2) => text.to_owned(),
            _ => return None,
        };
        padded.parse::<civil::Time>().ok()
    };
    if let Some(rest) = text.strip_prefix("tomorrow") {
        return at(today.tomorrow().ok()?, time_of_day(rest)?);
    }
    if let Some(time) = time_of_day(text) {
        let first = at(today, time)?;
        return if first > now { Some(first) } else { at(today.tomorrow().ok()?, time) };
    }
    let (date, time) = text.split_once([' ', 'T']).unwrap_or((text, "23:59:59"));
    at(date.parse().ok()?, time_of_day(time)?)
}

/// Why a lifetime could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TtlError {
    /// Nothing was given.
    #[error("no lifetime given")]
    Empty,
    /// A bare number, which SDKs read differently.
    #[error("{number} of what?")]
    NoUnit {
        /// The number as typed.
        number: String,
    },
    /// Below zero.
    #[error("a lifetime cannot be negative")]
    Negative,
    /// Over [`Ttl::LONGEST`].
    #[error("a lifetime over 100 years is surely a slip")]
    TooLong,
    /// `until` an instant that is over.
    #[error("that was {ago}")]
    Past {
        /// How long ago, in words.
        ago: String,
    },
    /// Not a length of time and not an end.
    #[error("\"{}\" is not a length of time", crate::text::visible(text))]
    Unclear {
        /// The text as typed, cut short.
        text: String,
    },
}

impl TtlError {
    /// How to write it.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::NoUnit { number } => format!("write {number}s, {number}m, {number}h or {number}d"),
            Self::Past { .. } => "give a later time, or a length such as 90m".into(),
            _ => "write 90m, 1h30m, 2 days, until 18:00 or until 2026-12-01 18:00".into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-24 14:42:07 UTC, a Tuesday.
    const NOW: Timestamp = Timestamp::from_unix(1_795_531_327);

    #[test]
    fn a_zone_is_read_from_a_file_and_nothing_else_from_another() {
        // Counts of a TZif file of version 1: one kind of time, four letters for its name. Then three hours east.
        let mut file = b"TZif".to_vec();
        file.extend([0; 16]);
        for count in [0_u32, 0, 0, 0, 1, 4] {
            file.extend(count.to_be_bytes());
        }
        file.extend(10_800_i32.to_be_bytes());
        file.extend(*b"\0\0MSK\0");
        let zone = Zone::of_file(&file).unwrap();
        assert_eq!(zone.time_of_day(NOW), "17:42:07");
        assert_eq!(Zone::of_file(&file[..file.len() - 1]), None);
        assert_eq!(Zone::of_file(b"Europe/Berlin"), None);
    }

    fn ttl(text: &str) -> Result<Ttl, TtlError> {
        Ttl::parse(text, NOW, &Zone::utc())
    }

    #[test]
    fn lengths_are_read_as_people_write_them() {
        for (text, seconds) in [
            ("90m", 5_400),
            ("1h30m", 5_400),
            ("1h 30m", 5_400),
            ("2 days", 172_800),
            ("45 s", 45),
            ("1w", 604_800),
            ("30 min", 1_800),
            ("1.5h", 5_400),
            ("0s", 0),
            ("1y", 31_536_000),
            ("7300d", 630_720_000),
        ] {
            assert_eq!(ttl(text), Ok(Ttl::For(seconds)), "{text}");
        }
    }

    #[test]
    fn ends_are_read_and_a_time_that_has_passed_is_tomorrows() {
        let until = |text| match ttl(text) {
            Ok(Ttl::Until(at)) => at.iso(),
            other => format!("{other:?}"),
        };
        assert_eq!(until("until 18:00"), "2026-11-24T18:00:00Z");
        assert_eq!(until("until 9:00"), "2026-11-25T09:00:00Z");
        assert_eq!(until("until tomorrow 9:00"), "2026-11-25T09:00:00Z");
        assert_eq!(until("until 2026-12-01 18:00"), "2026-12-01T18:00:00Z");
        assert_eq!(until("until 2026-12-01"), "2026-12-01T23:59:59Z");
        assert_eq!(until("until 2026-12-01T18:00:00+02:00"), "2026-12-01T16:00:00Z");
    }

    #[test]
    fn moments_that_are_over_are_read_and_others_are_not() {
        let past = |text| Timestamp::past(text, NOW, &Zone::utc()).map(Timestamp::iso);
        for (text, moment) in [
            ("2026-11-01", "2026-11-01T00:00:00Z"),
            ("2026-11-24", "2026-11-24T00:00:00Z"),
            ("2026-11-01 18:00", "2026-11-01T18:00:00Z"),
            ("2026-11-01T18:00:00+02:00", "2026-11-01T16:00:00Z"),
            ("30d", "2026-10-25T14:42:07Z"),
            ("90m", "2026-11-24T13:12:07Z"),
        ] {
            assert_eq!(past(text).as_deref(), Some(moment), "{text}");
        }
        for text in ["", "soon", "18:00", "tomorrow", "2026-12-01", "30", "-30d", "until 2026-12-01"] {
            assert_eq!(past(text), None, "{text}");
        }
    }

    #[test]
    fn a_wrong_lifetime_says_how_to_write_it() {
        for (text, said) in [
            ("", "no lifetime given"),
            ("60", "60 of what?"),
            ("-5m", "a lifetime cannot be negative"),
            ("soon", "\"soon\" is not a length of time"),
            ("900y", "a lifetime over 100 years is surely a slip"),
            ("until 2020-01-01", "that was 6 y 328 d ago"),
            ("\x1b[2J", "\"\\u{1b}[2J\" is not a length of time"),
        ] {
            let error = ttl(text).unwrap_err();
            assert_eq!(error.to_string(), said, "{text}");
            assert!(!error.hint().is_empty());
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        for ttl in [0, 1, 59, 60, 61, 3_599, 3_600, 5_400, 86_399, 86_400, 90_061, 630_720_000].map(Ttl::For)
        {
            assert_eq!(Ttl::parse(&ttl.to_string(), NOW, &Zone::utc()), Ok(ttl), "{ttl}");
        }
        let end = Ttl::Until(NOW.plus(1));
        assert_eq!(Ttl::parse(&end.to_string(), NOW, &Zone::utc()), Ok(end));
        assert_eq!(Ttl::For(90_061).to_string(), "1d1h1m1s");
    }

    #[test]
    fn instants_are_said_as_seen_from_now() {
        let said = |seconds| Zone::utc().said(NOW.plus(seconds), NOW);
        assert_eq!(
            (Zone::utc().date(NOW), Zone::utc().time_of_day(NOW)),
            ("2026-11-24".into(), "14:42:07".into())
        );
        assert_eq!(said(3_600), "15:42");
        assert_eq!(said(86_400), "tomorrow 14:42");
        assert_eq!(said(-86_400), "yesterday 14:42");
        assert_eq!(said(6 * 86_400), "Mon 30 Nov 14:42");
        assert_eq!(said(630_720_000), "2046-11-19");
        assert_eq!(relative(NOW.plus(-192), NOW), "3 min 12 s ago");
        assert_eq!(relative(NOW.plus(21_599), NOW), "in 5 h 59 min");
    }

    #[test]
    fn instants_beyond_the_calendar_are_still_shown() {
        assert_eq!(Timestamp::from_unix(99_999_999_999_999).iso(), "99999999999999 s");
        assert_eq!(Zone::utc().said(Timestamp::from_unix(i64::MAX), NOW), "9223372036854775807 s");
    }

    #[test]
    fn stepping_goes_along_the_line_and_stops_at_its_ends() {
        assert_eq!(Ttl::DEFAULT.step(true, NOW), Ttl::For(7_200));
        assert_eq!(Ttl::DEFAULT.step(false, NOW), Ttl::For(1_800));
        assert_eq!(Ttl::For(300).step(false, NOW), Ttl::For(300));
        assert_eq!(Ttl::For(2_592_000).step(true, NOW), Ttl::For(2_592_000));
    }
}
