//! Bundles the browser code of `assets/` and turns each file into a constant
//! (`app.css` becomes `APP_CSS`): a page that names a missing asset does not
//! compile. Installs the packages of `assets/` first when their lock file is
//! newer than what is there, so that a fresh clone builds by itself.

use std::{
    collections::BTreeMap,
    env,
    error::Error,
    fmt::Write,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// Where the sources of the assets lie, from this crate.
const SOURCES: &str = "../../assets";

fn main() -> Result<(), Box<dyn Error>> {
    for part in ["package-lock.json", "build.mjs", "css", "js", "img"] {
        println!("cargo::rerun-if-changed={SOURCES}/{part}");
    }
    // The style sheet keeps what templates and pages name.
    for named in ["templates", "src", "build.rs"] {
        println!("cargo::rerun-if-changed={named}");
    }
    #[expect(clippy::disallowed_methods, reason = "cargo tells a build script its directory this way")]
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let bundles = out.join("assets");
    let sources = Path::new(SOURCES);
    let installed = sources.join("node_modules/.package-lock.json");
    if !is_newer(&installed, &sources.join("package-lock.json")) {
        run(Command::new("npm")
            .args(["ci", "--no-audit", "--no-fund", "--loglevel=error"])
            .current_dir(sources))?;
    }
    run(Command::new("node").arg("build.mjs").arg(&bundles).current_dir(sources))?;
    let manifest = fs::read_to_string(bundles.join("manifest.json"))?;
    fs::write(out.join("assets.rs"), generate(&bundles, &serde_json::from_str(&manifest)?)?)?;
    Ok(())
}

fn is_newer(file: &Path, than: &Path) -> bool {
    let changed = |path: &Path| fs::metadata(path).and_then(|metadata| metadata.modified());
    matches!((changed(file), changed(than)), (Ok(file), Ok(than)) if file >= than)
}

fn run(command: &mut Command) -> Result<(), Box<dyn Error>> {
    let status =
        command.status().map_err(|error| format!("{command:?}: {error}; install Node 20 or newer"))?;
    if status.success() { Ok(()) } else { Err(format!("{command:?} failed: {status}").into()) }
}

/// The source text that `assets.rs` includes.
fn generate(bundles: &Path, manifest: &BTreeMap<String, String>) -> Result<String, Box<dyn Error>> {
    let mut source = String::new();
    let mut all = Vec::new();
    for (name, file) in manifest {
        let constant = name.to_uppercase().replace(['.', '-'], "_");
        let path = bundles.join(file);
        writeln!(source, "/// `{name}`.")?;
        writeln!(source, "pub(crate) const {constant}: Asset = Asset {{")?;
        writeln!(source, "    file: {file:?}, url: {:?},", format!("/assets/{file}"))?;
        writeln!(source, "    content: include_bytes!({:?}),\n}};", path.display().to_string())?;
        all.push(constant);
    }
    writeln!(source, "/// Every asset.\nconst ALL: &[Asset] = &[{}];", all.join(", "))?;
    Ok(source)
}
