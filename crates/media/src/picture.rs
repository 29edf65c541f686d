//! Pictures: checks whether a picture can be opened, and makes a small one of it.

use std::io::Cursor;

use image::{
    DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, Rgb, RgbImage, codecs::jpeg::JpegEncoder,
    metadata::Orientation,
};

use crate::kind::{FileKind, KindFault};

/// Most points of a picture: those of a good camera. A file of some kilobytes
/// can claim thousands of times as many.
const MOST_POINTS: u64 = 64_000_000;
/// Most points in one direction.
const LONGEST_SIDE: u32 = 20_000;
/// Bytes that may be taken to unpack it.
const MOST_MEMORY: u64 = 512 << 20;
/// How good the small picture is, of 100.
const QUALITY: u8 = 80;

/// A small picture (jpeg) that fits into a square of `side` points, standing as it was taken.
///
/// # Errors
/// [`KindFault::TooManyPoints`] before anything is unpacked; [`KindFault::Damaged`].
pub fn thumbnail(bytes: &[u8], kind: FileKind, side: u32) -> Result<Vec<u8>, KindFault> {
    let damaged = |_| KindFault::Damaged;
    let format = match kind {
        FileKind::Jpeg => ImageFormat::Jpeg,
        FileKind::Png => ImageFormat::Png,
        FileKind::Webp => ImageFormat::WebP,
        _ => return Err(KindFault::Unknown { looks_like: None }),
    };
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = Limits::default();
    limits.max_alloc = Some(MOST_MEMORY);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(damaged)?;
    let (width, height) = decoder.dimensions();
    let points = u64::from(width) * u64::from(height);
    if points > MOST_POINTS || width.max(height) > LONGEST_SIDE {
        return Err(KindFault::TooManyPoints { width, height });
    }
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let picture = DynamicImage::from_decoder(decoder).map_err(damaged)?;
    let mut small = picture.thumbnail(side, side);
    drop(picture);
    small.apply_orientation(orientation);
    let mut written = Vec::new();
    on_white(&small)
        .write_with_encoder(JpegEncoder::new_with_quality(&mut written, QUALITY))
        .map_err(damaged)?;
    Ok(written)
}

/// What can be seen through is white, as on paper.
fn on_white(picture: &DynamicImage) -> RgbImage {
    let picture = picture.to_rgba8();
    let mix = |colour: u8, alpha: u8| {
        let mixed = (u16::from(colour) * u16::from(alpha) + 255 * (255 - u16::from(alpha))) / 255;
        u8::try_from(mixed).unwrap_or(u8::MAX)
    };
    RgbImage::from_fn(picture.width(), picture.height(), |x, y| {
        let [red, green, blue, alpha] = picture.get_pixel(x, y).0;
        Rgb([mix(red, alpha), mix(green, alpha), mix(blue, alpha)])
    })
}

#[cfg(test)]
mod tests {
    use image::{Rgba, RgbaImage};

    use super::*;

    fn png(width: u32, height: u32) -> Vec<u8> {
        let picture = RgbaImage::from_pixel(width, height, Rgba([200, 0, 0, 0]));
        let mut bytes = Vec::new();
        picture.write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png).expect("a picture");
        bytes
    }

    #[test]
    fn a_picture_becomes_small() {
        let small = thumbnail(&png(400, 100), FileKind::Png, 200).expect("a small picture");
        let small = image::load_from_memory_with_format(&small, ImageFormat::Jpeg).expect("a jpeg").to_rgb8();
        assert_eq!((small.width(), small.height()), (200, 50));
        assert!(small.get_pixel(10, 10).0.iter().all(|colour| *colour > 250), "nothing is white");
    }

    #[test]
    fn a_bomb_is_not_unpacked() {
        let mut bytes = png(8, 8);
        // Width and height are at the beginning, guarded by a checksum of their own.
        bytes[16..24].copy_from_slice(&[0, 0, 0x75, 0x30, 0, 0, 0x75, 0x30]);
        let crc = crc32(&bytes[12..29]);
        bytes[29..33].copy_from_slice(&crc.to_be_bytes());
        let expected = KindFault::TooManyPoints { width: 30_000, height: 30_000 };
        assert_eq!(thumbnail(&bytes, FileKind::Png, 200), Err(expected));
    }

    #[test]
    fn half_a_picture_is_told() {
        let whole = png(64, 64);
        assert_eq!(thumbnail(&whole[..whole.len() / 2], FileKind::Png, 200), Err(KindFault::Damaged));
        assert_eq!(thumbnail(b"\xFF\xD8\xFF\xE0 nothing more", FileKind::Jpeg, 200), Err(KindFault::Damaged));
    }

    fn crc32(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(u32::MAX, |crc, byte| {
            (0..8)
                .fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg()))
        })
    }
}
