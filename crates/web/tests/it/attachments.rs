//! Attachments of records: what is taken, what is refused, who may see it.

use std::{io::Write as _, path::Path};

use app::attachments;
use axum::http::{StatusCode, header};
use model::{
    ids::{RecordId, UnitId},
    value::Value,
};
use zip::{ZipWriter, write::SimpleFileOptions};

use crate::{
    page::Element,
    site::{Answer, MILL, REGISTER, Site, Visitor, YARD, idea},
};

/// A picture of four points.
pub(crate) const PNG: &[u8] = &[
    137, 80, 78, 71, 13, 10, 26, 10, 0, 0, 0, 13, 73, 72, 68, 82, 0, 0, 0, 2, 0, 0, 0, 2, 8, 2, 0, 0, 0, 253,
    212, 154, 115, 0, 0, 0, 16, 73, 68, 65, 84, 120, 218, 99, 56, 193, 192, 0, 68, 12, 16, 10, 0, 25, 14, 3,
    33, 148, 100, 205, 122, 0, 0, 0, 0, 73, 69, 78, 68, 174, 66, 96, 130,
];

fn attachments_of(unit: UnitId, site: &Site) -> String {
    format!("/records/{}/attachments", site.facts[&unit])
}

async fn attach(visitor: &mut Visitor<'_>, path: &str, name: &str, bytes: &[u8]) -> Answer {
    visitor.send_files(path, &[], &[(name, bytes)]).await
}

/// Files that lie in the directory, without small pictures.
fn files(dir: &Path) -> usize {
    let entries = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    entries
        .map(|path| if path.is_dir() { files(&path) } else { usize::from(path.extension().is_none()) })
        .sum()
}

fn zip(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (path, bytes) in parts {
        writer.start_file(*path, SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// The page of the mill's record.
async fn record(visitor: &mut Visitor<'_>, site: &Site) -> Element {
    visitor.get(&format!("/records/{}", site.facts[&MILL])).await.page()
}

const PICTURE: &str = "现场 照片.png";

/// Attaches a picture to the mill's record; its address.
async fn picture(visitor: &mut Visitor<'_>, site: &Site) -> String {
    let done = attach(visitor, &attachments_of(MILL, site), PICTURE, PNG).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.page().alerts());
    record(visitor, site).await.link(PICTURE).unwrap()
}

#[tokio::test]
async fn who_has_attached_a_picture_is_told_so_at_the_record() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let done = attach(&mut mill, &attachments_of(MILL, &site), PICTURE, PNG).await;
    assert_eq!(done.location, format!("/records/{}?done=attach#attachments", site.facts[&MILL]));
    let page = mill.get(&done.location.replace("#attachments", "")).await.page();
    page.part("attachments").assert_says(&["附件已上传", PICTURE, "Name of mill（Mill） 于"]);
}

#[tokio::test]
async fn a_picture_is_handed_out_as_a_file_that_does_nothing() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let url = picture(&mut mill, &site).await;
    let file = mill.get(&url).await;
    assert_eq!((file.status, file.bytes.as_slice()), (StatusCode::OK, PNG));
    let value = |name: header::HeaderName| file.headers[name].to_str().unwrap().to_owned();
    assert_eq!(value(header::CONTENT_TYPE), "image/png");
    assert_eq!(value(header::X_CONTENT_TYPE_OPTIONS), "nosniff");
    assert_eq!(value(header::CONTENT_SECURITY_POLICY), "default-src 'none'; sandbox");
    let disposition = value(header::CONTENT_DISPOSITION);
    assert!(
        disposition.starts_with("attachment; filename=\"__ __.png\"; filename*=UTF-8''%E7"),
        "{disposition}"
    );
}

#[tokio::test]
async fn a_picture_has_a_small_one() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let url = picture(&mut mill, &site).await;
    let small = mill.get(&format!("{url}/thumbnail")).await;
    assert_eq!((small.status, &small.bytes[..3]), (StatusCode::OK, &b"\xFF\xD8\xFF"[..]));
}

#[tokio::test]
async fn a_picture_that_was_removed_is_gone() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let url = picture(&mut mill, &site).await;
    for click in ["first", "second"] {
        let gone = mill.post(&format!("{url}/remove"), &[("reason", "传错了")]).await;
        assert_eq!(gone.status, StatusCode::SEE_OTHER, "{click} click");
    }
    for path in [url.clone(), format!("{url}/thumbnail")] {
        assert_eq!(mill.get(&path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn attaching_and_removing_stand_in_the_history_once_each() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let url = picture(&mut mill, &site).await;
    for _ in 0..2 {
        mill.post(&format!("{url}/remove"), &[("reason", "传错了")]).await;
    }
    let page = record(&mut mill, &site).await;
    let history = page.part("history");
    history.assert_says(&["删除“现场 照片.png”，原因：传错了"]);
    assert_eq!(history.text().matches(PICTURE).count(), 2, "{}", history.text());
}

#[tokio::test]
async fn the_same_content_is_kept_once() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let path = attachments_of(MILL, &site);
    attach(&mut mill, &path, "a.png", PNG).await;
    let again = attach(&mut mill, &path, "b.png", PNG).await;
    assert!(again.location.contains("done=attached"), "{}", again.location);
    let mut yard = site.visitor("city").await;
    attach(&mut yard, &attachments_of(YARD, &site), "c.png", PNG).await;
    assert_eq!(files(site.files.path()), 1);
    let found = attachments::list(&site.app, &testkit::console(&site.app), site.facts[&MILL]).await.unwrap();
    assert_eq!(found.present.iter().map(|held| held.name.as_str()).collect::<Vec<_>>(), ["a.png"]);
}

#[tokio::test]
async fn a_wrong_file_is_told_and_not_kept() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let path = attachments_of(MILL, &site);
    let mut bomb = PNG.to_vec();
    // 30,000 × 30,000 points, with the checksum of that.
    bomb[16..24].copy_from_slice(&[0, 0, 0x75, 0x30, 0, 0, 0x75, 0x30]);
    let crc = crc32(&bomb[12..29]);
    bomb[29..33].copy_from_slice(&crc.to_be_bytes());
    let macros = zip(&[("xl/workbook.xml", b"<x/>"), ("xl/vbaProject.bin", b"")]);
    let large = vec![b'a'; (1 << 20) + 1];
    let cases: [(&str, &[u8], &str); 11] = [
        ("照片.jpg", b"MZ\x90\0\x03\0\0\0", "像是 exe"),
        ("照片.jpg", PNG, "写的是 .jpg，内容却是图片（.png）"),
        ("照片", PNG, "请在文件名后加上 .png"),
        ("炸弹.png", &bomb, "30000 × 30000 点"),
        ("半张.png", &PNG[..45], "已损坏"),
        ("空.pdf", b"", "文件是空的"),
        ("大.txt", &large, "文件超过 1 MB"),
        ("台账.xlsx", &macros, "文件里有宏"),
        ("页面.html", b"<html><script>alert(1)</script></html>", "像是 html"),
        ("页面.txt", b"<html><script>alert(1)</script></html>", "像是 html"),
        ("包.zip", &zip(&[("a", b"a")]), "像是 zip"),
    ];
    for (name, bytes, expected) in cases {
        let answer = attach(&mut mill, &path, name, bytes).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{name}");
        let alert = answer.page().alerts();
        assert!(alert.contains(name) && alert.contains(expected), "{name}: {alert}");
    }
    assert_eq!(files(site.files.path()), 0, "nothing of it is kept");
}

#[tokio::test]
async fn no_file_at_all_is_told() {
    let site = Site::new().await;
    let none = site.visitor("mill").await.send_files(&attachments_of(MILL, &site), &[], &[]).await;
    assert_eq!(none.status, StatusCode::UNPROCESSABLE_ENTITY);
    none.page().assert_says(&["没有选文件"]);
}

#[tokio::test]
async fn the_good_file_beside_a_wrong_one_is_taken() {
    let site = Site::new().await;
    let path = attachments_of(MILL, &site);
    let files = [("a.png", PNG), ("b.png", b"no picture".as_slice())];
    let mixed = site.visitor("mill").await.send_files(&path, &[], &files).await;
    assert_eq!(mixed.status, StatusCode::UNPROCESSABLE_ENTITY);
    let page = mixed.page();
    page.assert_says(&["有 1 个文件已上传"]);
    assert!(page.link("a.png").is_some(), "{:?}", page.links());
}

#[tokio::test]
async fn a_record_holds_only_so_much() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let path = attachments_of(MILL, &site);
    for (name, letter, status) in [("a.txt", b'a', 303), ("b.txt", b'b', 303), ("c.txt", b'c', 422)] {
        let answer = attach(&mut mill, &path, name, &vec![letter; 900 << 10]).await;
        assert_eq!(answer.status.as_u16(), status, "{name}");
        assert_eq!(answer.document().says("合计会超过 2 MB"), status == 422, "{name}");
    }
}

#[tokio::test]
async fn attachments_of_others_do_not_exist() {
    let site = Site::new().await;
    let foreign = site.attachment_of(YARD, "secret").await;
    let mut mill = site.visitor("mill").await;
    for path in [format!("/attachments/{foreign}"), format!("/attachments/{foreign}/thumbnail")] {
        assert_eq!(mill.get(&path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    let removed = mill.post(&format!("/attachments/{foreign}/remove"), &[("reason", "x")]).await;
    assert_eq!(removed.status, StatusCode::NOT_FOUND);
    let answer = attach(&mut mill, &attachments_of(YARD, &site), "a.png", PNG).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    let paper = mill.get(&format!("/records/{}/print", site.facts[&YARD])).await;
    assert_eq!(paper.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_viewer_may_not_see_attachments() {
    let site = Site::new().await;
    let own = site.attachment_of(MILL, "of the mill").await;
    let answer = site.visitor("viewer").await.get(&format!("/attachments/{own}")).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn what_is_no_picture_has_no_small_one() {
    let site = Site::new().await;
    let text = site.attachment_of(MILL, "no picture").await;
    let answer = site.visitor("mill").await.get(&format!("/attachments/{text}/thumbnail")).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn attachments_go_with_their_record() {
    let site = Site::new().await;
    let ctx = testkit::console(&site.app);
    let id = site.attachment_of(MILL, "text").await;
    let fact = site.facts[&MILL];
    app::records::delete(&site.app, &ctx, fact, 1).await.unwrap();
    let mut mill = site.visitor("mill").await;
    assert_eq!(mill.get(&format!("/attachments/{id}")).await.status, StatusCode::NOT_FOUND);
    assert_eq!(mill.get(&format!("/records/{fact}/attachments")).await.status, StatusCode::NOT_FOUND);
    assert_eq!(attachments::sweep(&site.app, &ctx).await.unwrap(), 0, "not before a day is over");
    assert_eq!(files(site.files.path()), 1);
}

#[tokio::test]
async fn the_paper_form_shows_every_field_and_no_whole_number() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let snapshot = site.app.current(&testkit::console(&site.app)).await.unwrap();
    let (_, form) = snapshot.definition.form(REGISTER).unwrap();
    let mut stated = idea("to be printed");
    for person in &form.persons {
        let number = Value::Text("210202198001010008".to_owned());
        stated.insert(form.fields[person.id_number].id.clone(), number);
    }
    let id: RecordId =
        app::records::create(&site.app, &testkit::console(&site.app), REGISTER, MILL, stated).await.unwrap();
    let page = mill.get(&format!("/records/{id}/print")).await;
    assert_eq!(page.status, StatusCode::OK);
    let paper = page.page();
    for field in form.fields.iter().filter(|field| field.id != "unit") {
        paper.assert_says(&[&field.label.zh]);
    }
    paper.assert_says(&["to be printed", "（盖章）", "审核人"]);
    assert!(!page.text().contains("210202198001010008"));
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg()))
    })
}
