//! The time of day as text.

use chrono::{DateTime, SecondsFormat, Utc};

/// Now, as RFC 3339 in UTC with milliseconds: `2026-03-01T12:00:00.000Z`.
pub fn now() -> String {
    rfc3339(Utc::now())
}

fn rfc3339(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        let text =
            |seconds: i64, millis: i64| rfc3339(DateTime::from_timestamp_millis(1000 * seconds + millis).unwrap());
        assert_eq!(text(0, 0), "1970-01-01T00:00:00.000Z");
        assert_eq!(text(951_782_400, 7), "2000-02-29T00:00:00.007Z");
        assert_eq!(text(951_868_799, 999), "2000-02-29T23:59:59.999Z");
        assert_eq!(text(1_772_323_200, 0), "2026-03-01T00:00:00.000Z");
        assert_eq!(text(4_107_542_399, 0), "2100-02-28T23:59:59.000Z");
        assert_eq!(text(4_107_542_400, 0), "2100-03-01T00:00:00.000Z");
        let between = DateTime::from_timestamp(1, 999_999_999).unwrap();
        assert_eq!(rfc3339(between), "1970-01-01T00:00:01.999Z", "the rest of a millisecond is left out");
    }
}
