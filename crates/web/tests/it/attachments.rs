//! Attachments of records: what is taken, what is refused, who may see it.

use std::{io::Write as _, path::Path};

use app::attachments;
use axum::http::{StatusCode, header};
use model::{
    ids::{FactId, UnitId},
    value::Value,
};
use zip::{ZipWriter, write::SimpleFileOptions};

use crate::site::{Answer, MILL, REGISTER, Site, Visitor, YARD, between, idea};

/// A picture of four points.
const PNG: &[u8] = &[
    137, 80, 78, 71, 13, 10, 26, 10, 0, 0, 0, 13, 73, 72, 68, 82, 0, 0, 0, 2, 0, 0, 0, 2, 8, 2, 0, 0, 0, 253,
    212, 154, 115, 0, 0, 0, 16, 73, 68, 65, 84, 120, 218, 99, 56, 193, 192, 0, 68, 12, 16, 10, 0, 25, 14, 3,
    33, 148, 100, 205, 122, 0, 0, 0, 0, 73, 69, 78, 68, 174, 66, 96, 130,
];

fn attachments_of(unit: UnitId, site: &Site) -> String {
    format!("/facts/{}/attachments", site.facts[&unit])
}

async fn attach(visitor: &mut Visitor<'_>, path: &str, name: &str, bytes: &[u8]) -> Answer {
    visitor.send_files(path, &[], &[(name, bytes)]).await
}

/// The address of the attachment with this name on a page.
fn address(page: &str, name: &str) -> String {
    let (before, _) = page.split_once(&format!("\">{name}</a>")).unwrap();
    before.rsplit_once("href=\"").unwrap().1.to_owned()
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

#[tokio::test]
async fn a_picture_is_attached_seen_and_removed() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let path = attachments_of(MILL, &site);
    let done = attach(&mut mill, &path, "现场 照片.png", PNG).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
    assert_eq!(done.location, format!("/facts/{}?done=attach#attachments", site.facts[&MILL]));
    let page = mill.get(&done.location.replace("#attachments", "")).await.text();
    assert!(page.contains("附件已上传") && page.contains("mill 于"), "{page}");
    let url = address(&page, "现场 照片.png");

    let file = mill.get(&url).await;
    assert_eq!((file.status, file.bytes.as_slice()), (StatusCode::OK, PNG));
    let said = |name: header::HeaderName| file.headers[name].to_str().unwrap().to_owned();
    assert_eq!(said(header::CONTENT_TYPE), "image/png");
    assert_eq!(said(header::X_CONTENT_TYPE_OPTIONS), "nosniff");
    assert_eq!(said(header::CONTENT_SECURITY_POLICY), "default-src 'none'; sandbox");
    assert!(
        said(header::CONTENT_DISPOSITION)
            .starts_with("attachment; filename=\"__ __.png\"; filename*=UTF-8''%E7")
    );
    let small = mill.get(&format!("{url}/thumbnail")).await;
    assert_eq!((small.status, &small.bytes[..3]), (StatusCode::OK, &b"\xFF\xD8\xFF"[..]));

    let gone = mill.post(&format!("{url}/remove"), &[("reason", "传错了")]).await;
    assert_eq!(gone.status, StatusCode::SEE_OTHER);
    for path in [url.clone(), format!("{url}/thumbnail")] {
        assert_eq!(mill.get(&path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    let again = mill.post(&format!("{url}/remove"), &[("reason", "传错了")]).await;
    assert_eq!(again.status, StatusCode::SEE_OTHER, "a second click changes nothing");
    let record = mill.get(path.trim_end_matches("/attachments")).await.text();
    let history = between(&record, "id=\"history\"", "</section>").unwrap();
    assert!(
        history.matches("现场 照片.png").count() == 2
            && history.contains("删除“现场 照片.png”，原因：传错了"),
        "{history}"
    );
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
    let found = attachments::list(&site.app, &testkit::console(), site.facts[&MILL]).await.unwrap();
    assert_eq!(found.present.iter().map(|held| held.name.as_str()).collect::<Vec<_>>(), ["a.png"]);
}

#[tokio::test]
async fn a_wrong_file_is_told_and_the_others_are_taken() {
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
        let text = answer.text();
        let refused = between(&text, "class=\"refused\"", "</dl>").unwrap();
        assert!(refused.contains(name) && refused.contains(expected), "{name}: {refused}");
    }
    assert_eq!(files(site.files.path()), 0, "nothing of it is kept");
    let none = mill.send_files(&path, &[], &[]).await;
    assert!(none.status == StatusCode::UNPROCESSABLE_ENTITY && none.text().contains("没有选文件"));

    let mixed = mill.send_files(&path, &[], &[("a.png", PNG), ("b.png", b"no picture")]).await;
    assert_eq!(mixed.status, StatusCode::UNPROCESSABLE_ENTITY);
    let text = mixed.text();
    assert!(text.contains("有 1 个文件已上传") && text.contains(">a.png</a>"), "{text}");
}

#[tokio::test]
async fn a_record_holds_only_so_much() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let path = attachments_of(MILL, &site);
    for (name, letter, status) in [("a.txt", b'a', 303), ("b.txt", b'b', 303), ("c.txt", b'c', 422)] {
        let answer = attach(&mut mill, &path, name, &vec![letter; 900 << 10]).await;
        assert_eq!(answer.status.as_u16(), status, "{name}");
        assert_eq!(answer.text().contains("合计会超过 2 MB"), status == 422, "{name}");
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
    assert_eq!(mill.get(&format!("/facts/{}/print", site.facts[&YARD])).await.status, StatusCode::NOT_FOUND);
    let mut viewer = site.visitor("viewer").await;
    let own = site.attachment_of(MILL, "of the mill").await;
    assert_eq!(viewer.get(&format!("/attachments/{own}")).await.status, StatusCode::FORBIDDEN);
    let text = site.attachment_of(MILL, "no picture").await;
    assert_eq!(mill.get(&format!("/attachments/{text}/thumbnail")).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn attachments_go_with_their_record() {
    let site = Site::new().await;
    let ctx = testkit::console();
    let id = site.attachment_of(MILL, "text").await;
    let fact = site.facts[&MILL];
    app::facts::delete(&site.app, &ctx, fact, 1).await.unwrap();
    let mut mill = site.visitor("mill").await;
    assert_eq!(mill.get(&format!("/attachments/{id}")).await.status, StatusCode::NOT_FOUND);
    assert_eq!(mill.get(&format!("/facts/{fact}/attachments")).await.status, StatusCode::NOT_FOUND);
    assert_eq!(attachments::sweep(&site.app).await.unwrap(), 0, "not before a day is over");
    assert_eq!(files(site.files.path()), 1);
}

#[tokio::test]
async fn the_paper_form_shows_every_field_and_no_whole_number() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let snapshot = site.app.current().await.unwrap();
    let (_, form) = snapshot.campaign.form(REGISTER).unwrap();
    let mut stated = idea("to be printed");
    for person in &form.persons {
        let number = Value::Text("210202198001010008".to_owned());
        stated.insert(form.fields[person.id_number].id.clone(), number);
    }
    let id: FactId =
        app::facts::create(&site.app, &testkit::console(), REGISTER, MILL, stated).await.unwrap();
    let page = mill.get(&format!("/facts/{id}/print")).await;
    assert_eq!(page.status, StatusCode::OK);
    let text = page.text();
    for field in form.fields.iter().filter(|field| field.id != "unit") {
        assert!(text.contains(&field.label.zh), "{} is not on the paper", field.label.zh);
    }
    assert!(text.contains("to be printed") && text.contains("（盖章）") && text.contains("审核人"), "{text}");
    assert!(!text.contains("210202198001010008"));
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg()))
    })
}
