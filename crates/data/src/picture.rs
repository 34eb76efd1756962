//! One encoded picture (PNG or JPEG): what its header says, and its pixels as numbers.

use std::io::Cursor;
use std::sync::Mutex;

use image::metadata::Orientation;
use image::{DynamicImage, ImageBuffer, ImageDecoder, ImageFormat, ImageReader, Limits, Luma, Pixel, Rgb, imageops};

use super::durable::locked;
use super::guard::guarded;
use super::jpeg;

/// Pictures with a longer side are rejected before they are decoded.
const MAX_SIDE: u32 = 1 << 15;

/// Pictures of more pixels are rejected before they are decoded: a few kilobytes can claim gigabytes.
const MAX_PIXELS: usize = 1 << 26;

/// Pictures of more pixels are decoded one at a time, whatever the number of threads.
const LARGE: usize = 1 << 22;

/// Held while a large picture is decoded.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// Shares of red, green and blue in the grey value (luma of ITU-R BT.601, as in JPEG and Pillow).
const LUMA: [f32; 3] = [0.299, 0.587, 0.114];

/// What the header of a picture says, after its EXIF orientation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// `png` or `jpeg`.
    pub format: &'static str,
    pub height: usize,
    pub width: usize,
    /// 1 (grey) or 3 (red, green, blue); an alpha channel does not count.
    pub channels: usize,
}

/// How pictures are to come out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    pub height: usize,
    pub width: usize,
    /// 1 or 3.
    pub channels: usize,
    /// Resize pictures of another size (otherwise they are errors).
    pub resize: bool,
    /// Turn colour into grey (otherwise that is an error if one channel is wanted).
    pub grey: bool,
}

impl Wanted {
    /// Numbers in one picture: `[height, width, channels]`.
    pub fn axes(&self) -> Vec<usize> {
        vec![self.height, self.width, self.channels]
    }
}

/// Reads the header only.
///
/// # Errors
/// A phrase that says why this is not a usable PNG or JPEG picture.
pub fn header(bytes: &[u8]) -> Result<Header, String> {
    guarded(|| opened(bytes).map(|(header, ..)| header))
}

/// Decodes a picture into `out`: row by row from the top, channels last, values 0 to 255.
///
/// Samples of 16 bits are scaled to the same range and keep their fractions. Transparent pixels are put on black, which
/// is also what lies outside of a warped image. Colour becomes grey by luma, grey becomes colour by repetition. Resizing
/// is linear, with the mean over the pixels that fall together.
///
/// # Errors
/// A phrase that says what is wrong with the picture; nothing is decoded where its header tells.
pub fn decode(bytes: &[u8], wanted: &Wanted, out: &mut [f32]) -> Result<(), String> {
    guarded(|| {
        let (header, decoder, orientation) = opened(bytes)?;
        if header.channels > wanted.channels && !wanted.grey {
            return Err(
                "it has colours where the first picture is grey; say `shape: [height, width, 3]`, or 1 for grey"
                    .to_owned(),
            );
        }
        let fits = (header.height, header.width) == (wanted.height, wanted.width);
        if !fits && !wanted.resize {
            let Wanted { height, width, .. } = wanted;
            return Err(format!(
                "it has {}×{} pixels (height × width) where {height}×{width} are needed; say `size: [{height}, {width}]` \
                 to resize all pictures",
                header.height, header.width
            ));
        }
        if header.format == "jpeg" {
            jpeg::check_whole(bytes)?;
        }
        let _held = (header.height * header.width > LARGE).then(|| locked(&ONE_AT_A_TIME));
        let mut image = DynamicImage::from_decoder(decoder).map_err(|e| e.to_string())?;
        image.apply_orientation(orientation);
        if fits {
            write_samples(image, wanted.channels, out);
            return Ok(());
        }
        let mut whole = vec![0.0; header.height * header.width * wanted.channels];
        write_samples(image, wanted.channels, &mut whole);
        match wanted.channels {
            1 => resize::<Luma<f32>>(whole, &header, wanted, out),
            _ => resize::<Rgb<f32>>(whole, &header, wanted, out),
        }
    })
}

fn opened(bytes: &[u8]) -> Result<(Header, impl ImageDecoder + '_, Orientation), String> {
    let format = match image::guess_format(bytes) {
        Ok(format @ (ImageFormat::Png | ImageFormat::Jpeg)) => format,
        Ok(other) => {
            let advice = "only these are read: convert the pictures, for example with Pillow";
            return Err(format!("it is {}, not PNG or JPEG; {advice}", other.to_mime_type()));
        }
        Err(_) => return Err("it is neither PNG nor JPEG".to_owned()),
    };
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|e| e.to_string())?;
    // A broken orientation tag says nothing about the pixels.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let (width, height) = decoder.dimensions();
    let (width, height) = match orientation {
        Orientation::Rotate90 | Orientation::Rotate270 | Orientation::Rotate90FlipH | Orientation::Rotate270FlipH => {
            (height, width)
        }
        _ => (width, height),
    };
    let header = Header {
        format: if format == ImageFormat::Png { "png" } else { "jpeg" },
        height: height as usize,
        width: width as usize,
        channels: if decoder.color_type().has_color() { 3 } else { 1 },
    };
    if header.height == 0 || header.width == 0 {
        return Err("it has no pixels".to_owned());
    }
    if header.height.saturating_mul(header.width) > MAX_PIXELS {
        let Header { height, width, .. } = header;
        return Err(format!("it has {height}×{width} pixels, more than the {MAX_PIXELS} that are decoded at most"));
    }
    Ok((header, decoder, orientation))
}

/// Writes the samples in 0..255, in one channel or three.
fn write_samples(image: DynamicImage, channels: usize, out: &mut [f32]) {
    let narrow = |v: &u8| f32::from(*v);
    let wide = |v: &u16| f32::from(*v) / 257.0;
    match image {
        DynamicImage::ImageLuma8(b) => write(b.as_raw(), 1, narrow, channels, out),
        DynamicImage::ImageLumaA8(b) => write(b.as_raw(), 2, narrow, channels, out),
        DynamicImage::ImageRgb8(b) => write(b.as_raw(), 3, narrow, channels, out),
        DynamicImage::ImageLuma16(b) => write(b.as_raw(), 1, wide, channels, out),
        DynamicImage::ImageLumaA16(b) => write(b.as_raw(), 2, wide, channels, out),
        DynamicImage::ImageRgb16(b) => write(b.as_raw(), 3, wide, channels, out),
        DynamicImage::ImageRgba16(b) => write(b.as_raw(), 4, wide, channels, out),
        other => write(other.into_rgba8().as_raw(), 4, narrow, channels, out),
    }
}

/// `from` has `samples` a pixel: grey, grey and alpha, colours, or colours and alpha.
fn write<T>(from: &[T], samples: usize, value: impl Fn(&T) -> f32, channels: usize, out: &mut [f32]) {
    for (pixel, out) in from.chunks_exact(samples).zip(out.chunks_exact_mut(channels)) {
        let (colours, alpha) = match pixel {
            [grey] => ([value(grey); 3], 1.0),
            [grey, alpha] => ([value(grey); 3], value(alpha) / 255.0),
            [r, g, b] => ([value(r), value(g), value(b)], 1.0),
            [r, g, b, alpha] => ([value(r), value(g), value(b)], value(alpha) / 255.0),
            _ => continue,
        };
        match out {
            // Grey stays exactly what it is.
            [grey] if samples < 3 => *grey = colours[0] * alpha,
            [grey] => *grey = alpha * colours.iter().zip(LUMA).map(|(c, share)| c * share).sum::<f32>(),
            out => out.iter_mut().zip(colours).for_each(|(out, c)| *out = c * alpha),
        }
    }
}

fn resize<P: Pixel<Subpixel = f32> + 'static>(
    mut whole: Vec<f32>,
    header: &Header,
    wanted: &Wanted,
    out: &mut [f32],
) -> Result<(), String> {
    let side = |n: usize| u32::try_from(n).map_err(|_| format!("{n} pixels are too many"));
    // The library keeps floats within 0 and 1.
    whole.iter_mut().for_each(|v| *v /= 255.0);
    let image: ImageBuffer<P, Vec<f32>> = ImageBuffer::from_raw(side(header.width)?, side(header.height)?, whole)
        .ok_or("its size is not what it says")?;
    let small = imageops::resize(&image, side(wanted.width)?, side(wanted.height)?, imageops::FilterType::Triangle);
    small.as_raw().iter().zip(out).for_each(|(v, out)| *out = v * 255.0);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png<P>(width: u32, height: u32, samples: Vec<P::Subpixel>) -> Vec<u8>
    where
        P: image::PixelWithColorType,
        [P::Subpixel]: image::EncodableLayout,
    {
        let buffer: ImageBuffer<P, Vec<P::Subpixel>> = ImageBuffer::from_raw(width, height, samples).unwrap();
        let mut bytes = Cursor::new(Vec::new());
        buffer.write_to(&mut bytes, ImageFormat::Png).unwrap();
        bytes.into_inner()
    }

    fn decoded(bytes: &[u8], [height, width, channels]: [usize; 3], resize: bool) -> Result<Vec<f32>, String> {
        let mut out = vec![-1.0; height * width * channels];
        decode(bytes, &Wanted { height, width, channels, resize, grey: true }, &mut out)?;
        Ok(out)
    }

    #[test]
    fn every_kind_of_sample_comes_to_the_same_range() {
        let grey = png::<Luma<u8>>(2, 1, vec![0, 255]);
        assert_eq!(header(&grey).unwrap(), Header { format: "png", height: 1, width: 2, channels: 1 });
        assert_eq!(decoded(&grey, [1, 2, 1], false).unwrap(), [0.0, 255.0]);
        assert_eq!(decoded(&grey, [1, 2, 3], false).unwrap(), [0.0, 0.0, 0.0, 255.0, 255.0, 255.0]);
        let wide = png::<Luma<u16>>(2, 1, vec![65535, 257 * 7]);
        assert_eq!(decoded(&wide, [1, 2, 1], false).unwrap(), [255.0, 7.0]);
        let seen_through = png::<image::Rgba<u8>>(1, 1, vec![200, 100, 50, 51]);
        assert_eq!(header(&seen_through).unwrap().channels, 3);
        assert_eq!(decoded(&seen_through, [1, 1, 3], false).unwrap(), [40.0, 20.0, 10.0]);
        let colour = png::<Rgb<u8>>(1, 1, vec![255, 0, 0]);
        assert!((decoded(&colour, [1, 1, 1], false).unwrap()[0] - 76.245).abs() < 1e-3);
    }

    #[test]
    fn pictures_are_resized_only_on_request() {
        let grey = png::<Luma<u8>>(4, 2, vec![10, 10, 30, 30, 10, 10, 30, 30]);
        let error = decoded(&grey, [1, 2, 1], false).unwrap_err();
        assert!(error.contains("2×4 pixels (height × width) where 1×2 are needed"), "{error}");
        let small = decoded(&grey, [1, 2, 1], true).unwrap();
        // The triangle of a pixel reaches one small pixel to each side: 3/4, 1/4 of the two halves, then normalised.
        assert!(small[0] > 10.0 && small[0] < 15.0 && small[1] > 25.0 && small[1] < 30.0, "{small:?}");
        assert!((small[0] + small[1] - 40.0).abs() < 1e-3);
        let even = png::<Rgb<u8>>(3, 3, vec![77; 27]);
        assert!(decoded(&even, [5, 2, 3], true).unwrap().iter().all(|v| (v - 77.0).abs() < 1e-3));
    }

    #[test]
    fn pictures_that_are_cut_off_are_told() {
        let mut bytes = Cursor::new(Vec::new());
        let noise = |i: u32| (i.wrapping_mul(2_654_435_761) >> 24) as u8;
        let buffer: ImageBuffer<Rgb<u8>, _> =
            ImageBuffer::from_raw(40, 30, (0..3600).map(noise).collect::<Vec<_>>()).unwrap();
        buffer.write_to(&mut bytes, ImageFormat::Jpeg).unwrap();
        let whole = bytes.into_inner();
        assert!(decoded(&whole, [30, 40, 3], false).is_ok());
        for cut in (0..whole.len()).step_by(7).chain([whole.len() - 1, whole.len() - 2]) {
            assert!(decoded(&whole[..cut], [30, 40, 3], false).is_err(), "{cut}");
        }
        let padded = [&whole[..whole.len() / 2], &[0; 999]].concat();
        assert!(decoded(&padded, [30, 40, 3], true).unwrap_err().contains("cut off"));
    }

    #[test]
    fn bombs_are_rejected_by_their_headers() {
        // 30 000 × 30 000 pixels: sides that are allowed, an area that is not.
        let mut bomb = png::<Luma<u8>>(9, 9, vec![0; 81]);
        bomb[16..20].copy_from_slice(&30_000_u32.to_be_bytes());
        bomb[20..24].copy_from_slice(&30_000_u32.to_be_bytes());
        let sum = crc(&bomb[12..29]);
        bomb[29..33].copy_from_slice(&sum.to_be_bytes());
        assert!(header(&bomb).unwrap_err().contains("30000×30000 pixels, more than"), "{:?}", header(&bomb));
        assert!(decoded(&bomb, [8, 8, 1], true).unwrap_err().contains("more than"));
    }

    /// The checksum of PNG.
    fn crc(bytes: &[u8]) -> u32 {
        let bit = |c: u32, _| if c & 1 == 1 { 0xedb8_8320 ^ (c >> 1) } else { c >> 1 };
        !bytes.iter().fold(!0_u32, |c, b| (0..8).fold(c ^ u32::from(*b), bit))
    }

    #[test]
    fn what_is_no_picture_or_a_damaged_one_is_told() {
        assert!(header(b"").unwrap_err().contains("neither PNG nor JPEG"));
        let riff = b"RIFF\x24\0\0\0WEBPVP8 ";
        for (bytes, kind) in [(&b"GIF89a...."[..], "gif"), (&riff[..], "webp"), (b"II*\0\x08\0\0\0", "tiff")] {
            let error = header(bytes).unwrap_err();
            assert!(error.contains(&format!("image/{kind}, not PNG or JPEG; only these are read: convert")), "{error}");
        }
        let whole = png::<Rgb<u8>>(9, 9, (0..243).collect());
        for cut in 0..whole.len() - 12 {
            assert!(decoded(&whole[..cut], [9, 9, 3], false).is_err(), "{cut}");
        }
        let mut claims_much = whole.clone();
        claims_much[16..20].copy_from_slice(&0x7fff_ffff_u32.to_be_bytes());
        assert!(header(&claims_much).is_err());
        let strict = Wanted { height: 9, width: 9, channels: 1, resize: false, grey: false };
        assert!(decode(&whole, &strict, &mut [0.0; 81]).unwrap_err().contains("it has colours"));
    }
}
