//! Is a JPEG picture whole? The decoder fills up what is missing with grey, and says nothing.

/// The markers of JPEG that matter here: the second byte, after 0xff.
mod marker {
    pub const START: u8 = 0xd8;
    pub const END: u8 = 0xd9;
    pub const SCAN: u8 = 0xda;
    /// Within the data of a scan: a byte 0xff that is data, and restarts.
    pub const STUFFED: u8 = 0x00;
    pub const RESTARTS: std::ops::RangeInclusive<u8> = 0xd0..=0xd7;
    /// Stands alone elsewhere.
    pub const TEMPORARY: u8 = 0x01;
    /// May be repeated before any marker.
    pub const FILL: u8 = 0xff;
}

/// Checks that the picture goes on to its end marker. Thumbnails inside of it have end markers of their own, so that the
/// segments are followed one by one.
///
/// # Errors
/// A phrase, if it does not.
pub fn check_whole(bytes: &[u8]) -> Result<(), String> {
    if reaches_end(bytes).is_some() { Ok(()) } else { Err("it is cut off: the end of the picture is missing".into()) }
}

fn reaches_end(bytes: &[u8]) -> Option<()> {
    let mut rest = bytes.strip_prefix(&[0xff, marker::START])?;
    loop {
        // Anything between segments is skipped, as the decoder does.
        let at = rest.iter().position(|byte| *byte == 0xff)?;
        rest = rest.get(at + 1..)?;
        let (&kind, after) = rest.split_first()?;
        match kind {
            marker::FILL => {}
            marker::END => return Some(()),
            marker::STUFFED | marker::TEMPORARY | marker::START => rest = after,
            kind if marker::RESTARTS.contains(&kind) => rest = after,
            kind => {
                let length = u16::from_be_bytes([*after.first()?, *after.get(1)?]);
                rest = after.get(usize::from(length).max(2)..)?;
                if kind == marker::SCAN {
                    rest = after_scan(rest)?;
                }
            }
        }
    }
}

/// What follows the data of a scan, from its next marker on.
fn after_scan(mut rest: &[u8]) -> Option<&[u8]> {
    loop {
        let at = rest.iter().position(|byte| *byte == 0xff)?;
        match *rest.get(at + 1)? {
            marker::STUFFED => rest = rest.get(at + 2..)?,
            kind if marker::RESTARTS.contains(&kind) => rest = rest.get(at + 2..)?,
            _ => return rest.get(at..),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_counts_only_where_a_segment_could_begin() {
        let thumbnail = [0xff, 0xe1, 0, 6, 0xff, 0xd8, 0xff, 0xd9];
        let scan = [0xff, 0xda, 0, 3, 7, 1, 2, 0xff, 0, 3, 0xff, 0xd0, 4];
        let start = [0xff, 0xd8];
        let whole = [&start[..], &thumbnail, &scan, &[0xff, 0xff, 0xc4, 0, 2], &scan, &[0xff, 0xd9], b"rest"].concat();
        assert_eq!(check_whole(&whole), Ok(()));
        let end = whole.len() - 5;
        for cut in 0..=end {
            assert!(check_whole(&whole[..cut]).unwrap_err().contains("cut off"), "{cut}");
        }
        assert!(check_whole(b"").is_err());
    }
}
