// A zip of a directory, with its files as they are: what an officer packs a campaign into.
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { crc32 } from 'node:zlib';

/** Packs all files below `directory`; `change` may put another text in the place of a file's. */
export function zipOf(directory: string, change: (path: string, text: string) => string): Buffer {
  const paths = readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name));
  const parts: Buffer[] = [];
  const entries: Buffer[] = [];
  let offset = 0;
  for (const path of paths.sort()) {
    const name = Buffer.from(relative(directory, path));
    const content = Buffer.from(change(name.toString(), readFileSync(path, 'utf8')));
    // Version 2.0, names in UTF-8, stored, no time; then checksum and sizes.
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(0x800, 2);
    common.writeUInt32LE(crc32(content), 10);
    common.writeUInt32LE(content.length, 14);
    common.writeUInt32LE(content.length, 18);
    common.writeUInt16LE(name.length, 22);
    parts.push(Buffer.from('PK\x03\x04'), common, name, content);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(offset, 10);
    entries.push(Buffer.from('PK\x01\x02\x14\x00', 'latin1'), common, place, name);
    offset += 30 + name.length + content.length;
  }
  const directoryBytes = Buffer.concat(entries);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(paths.length, 4);
  end.writeUInt16LE(paths.length, 6);
  end.writeUInt32LE(directoryBytes.length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...parts, directoryBytes, Buffer.from('PK\x05\x06'), end]);
}
