//! Before the disk is full: what is large is refused, what people type is taken, and the office is told.

use std::{io, path::Path, sync::Arc};

use app::{App, DiskLimits, Space, SpaceReader};
use axum::http::StatusCode;

use crate::{
    site::{MILL, REGISTER, Site, code},
    snapshots::check,
};

/// A disk with so much left of a terabyte.
struct Left(u64);

impl SpaceReader for Left {
    fn space(&self, _: &Path) -> io::Result<Space> {
        Ok(Space { free: self.0, total: 1 << 40 })
    }
}

/// The small city on a server whose disk has so many bytes left.
async fn site(left: u64) -> Site {
    let limits = DiskLimits { warn_percent: 0, ..DiskLimits::default() };
    let site = Site::new().await;
    let app = App::new(site.test.db.clone(), testkit::clock());
    let app = app.with_disks(vec!["/srv/jiangong".into()], limits, Arc::new(Left(left)));
    site.served_by(app).await
}

#[tokio::test]
async fn with_hardly_any_room_what_is_large_is_refused_and_what_is_typed_is_taken() {
    let site = site(100 << 20).await;
    let mut mill = site.visitor("mill").await;
    let register = format!("/units/{}/registers/{REGISTER}", code(MILL));
    let typed = [("field.title", "Clamp"), ("field.author", "Li"), ("field.told_on", "2021-03-01")];
    let answer = mill.post(&register, &typed).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
    let record = format!("/records/{}/attachments", site.facts[&MILL]);
    let refused = [
        mill.get(&format!("{register}/export.csv")).await,
        mill.get(&format!("{register}/export.xlsx")).await,
        mill.send_files(&record, &[], &[("a.txt", b"some text")]).await,
        mill.upload("one", "register:workshop-idea", &[("ideas.csv", b"title\nClamp\n")]).await,
    ];
    for answer in refused {
        assert_eq!(answer.status, StatusCode::INSUFFICIENT_STORAGE, "{}", answer.text());
        let text = answer.text();
        assert!(text.contains("磁盘空间不足") && text.contains("逐条登记不受影响"), "{text}");
    }
    let ready = mill.get("/readyz").await;
    assert_eq!(ready.status, StatusCode::OK, "{}", ready.text());
    assert!(ready.text().contains("\"disk\":\"short\""), "{}", ready.text());
}

#[tokio::test]
async fn without_any_room_it_is_not_ready() {
    let ready = site(1_000).await.stranger().await.get("/readyz").await;
    assert_eq!(ready.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(ready.text().contains("\"disk\":\"full\""), "{}", ready.text());
}

#[tokio::test]
async fn the_office_sees_how_much_room_is_left() {
    check("tasks_with_a_disk_that_is_nearly_full", &site(100 << 20).await, "city", "/tasks").await;
}
