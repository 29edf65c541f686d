// Bundles css/ and js/ into the directory given as argument, each file named
// after its content, with a manifest of what each source became. Called by
// crates/web/build.rs; by hand: node build.mjs dist
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { build } from 'esbuild';
import { PurgeCSS } from 'purgecss';

const out = process.argv[2] ?? 'dist';
rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });

// Of Bootstrap only the rules for classes that a template, a page or a script names.
const onlyWhatIsUsed = {
  name: 'only-what-is-used',
  setup({ onLoad }) {
    onLoad({ filter: /bootstrap\.css$/ }, async ({ path }) => {
      const content = ['../crates/web/templates/**/*.html', '../crates/web/src/**/*.rs', 'js/*.js'];
      const [purged] = await new PurgeCSS().purge({ content, css: [{ raw: readFileSync(path, 'utf8') }], variables: false });
      return { contents: purged.css, loader: 'css' };
    });
  },
};

const { metafile } = await build({
  entryPoints: ['css/app.css', 'css/paper.css', 'js/app.js', 'img/mark.svg', 'img/favicon.ico'],
  outdir: out,
  entryNames: '[name]-[hash]',
  bundle: true,
  minify: true,
  metafile: true,
  legalComments: 'linked',
  loader: { '.svg': 'copy', '.ico': 'copy' },
  external: ['data:*'],
  plugins: [onlyWhatIsUsed],
  // The oldest browsers seen in offices: Windows 7 with Chrome 109, 360 and QQ on Chromium 86.
  target: ['chrome86', 'firefox91', 'safari15'],
  logLevel: 'warning',
});

const manifest = {};
for (const [path, output] of Object.entries(metafile.outputs)) {
  if (output.entryPoint) manifest[basename(output.entryPoint)] = basename(path);
}
writeFileSync(join(out, 'manifest.json'), JSON.stringify(manifest, null, 2));
