// Reads a Prisma schema (a file, or a folder of files) with two parsers and prints one JSON document.
//
//   node parse.mjs SCHEMA
//
// Prisma's own parser validates and types the schema; prisma-ast supplies what that parser's answer leaves
// out: kinds, omitted fields and models, raw arguments, line numbers. Nothing is decided here: the Python
// side reconciles the two. Works offline. Exit code 0 with {"files", "datasource", "dmmf", "blocks"} on stdout,
// or 1 with {"datasource", "errors": [{file, line, message}]}.
import { readFileSync, readdirSync, statSync } from "node:fs";
import { join, relative, basename } from "node:path";

// prisma-ast's parser toolkit calls Object.groupBy, which came with Node 21; Node 20 is enough with this.
Object.groupBy ??= (items, keyOf) => {
  const groups = Object.create(null);
  for (const item of items) (groups[keyOf(item)] ??= []).push(item);
  return groups;
};
const { default: prisma } = await import("@prisma/prisma-schema-wasm");
const { default: ast } = await import("@mrleebo/prisma-ast");

const CONNECTION_SETTINGS = /^\s*(url|directUrl|shadowDatabaseUrl)\s*=/;
const BLOCK_START = /^\s*(model|view|enum|type|generator|datasource)\s+(\p{L}[\p{L}\p{N}_-]*)\s*\{/u;
const MEMBER = /^\s*(\p{L}[\p{L}\p{N}_]*)/u;
const PROVIDER = /^\s*provider\s*=\s*"([^"]*)"/;

// No name of Prisma's has a hyphen, so what these put into a name cannot be mistaken.
const MARK = "-is-a-name";
const LETTER = /u-([0-9a-f]+)-/g;

// Where Prisma's parser looks when it breaks off, to say over what.
globalThis.PRISMA_WASM_PANIC_REGISTRY = {
  set_message(message) {
    throw new Error(message.split("\n")[0]);
  },
};

class SchemaErrors extends Error {
  constructor(errors) {
    super("the schema cannot be read");
    this.errors = errors;
  }
}

/** Paths of the schema's files in a stable order; a folder is searched through all its levels. */
function findFiles(path) {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.name !== "node_modules")
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const child = join(path, entry.name);
      if (entry.isDirectory()) return findFiles(child);
      return entry.name.endsWith(".prisma") ? [child] : [];
    });
}

/** Replaces every character but line breaks by a space, so that offsets and line numbers stay. */
const blank = (text) => text.replace(/[^\r\n]/g, " ");

/** Blanks all comments outside strings; returns the text and the `///` documentation by line number. */
function separateComments(text) {
  const docs = new Map();
  let line = 1;
  const bare = text.replace(/"(?:\\.|[^"\\\r\n])*"|\/\/[^\r\n]*|\/\*[\s\S]*?\*\/|\n/g, (token, offset) => {
    if (token === "\n") {
      line += 1;
      return token;
    }
    if (token[0] === '"') return token;
    if (token.startsWith("///")) {
      const lead = text.slice(text.lastIndexOf("\n", offset - 1) + 1, offset);
      docs.set(line, { text: token.slice(3).trim(), alone: lead.trim() === "" });
    }
    line += token.split("\n").length - 1;
    return blank(token);
  });
  return { bare, docs };
}

/** Documentation of the definition on a line: the comment lines above it and the one behind it. */
function documentationAt(docs, line) {
  const lines = [];
  for (let above = line - 1; docs.get(above)?.alone; above -= 1) lines.unshift(docs.get(above).text);
  if (docs.has(line)) lines.push(docs.get(line).text);
  return lines.length ? lines.join("\n") : null;
}

/**
 * Blanks what has no bearing on the tables: generators, and connection strings (`url = env(…)` is refused by
 * the current parser but stands in every schema written for Prisma 6 and older).
 */
function blankSurroundings(text, bare, features) {
  const lines = text.split("\n");
  const bareLines = bare.split("\n");
  let block = null;
  let generators = "";
  bareLines.forEach((bareLine, index) => {
    const start = block === null ? BLOCK_START.exec(bareLine) : null;
    if (start) block = start[1];
    if (block === "generator") generators += bareLine;
    if (block === "generator" || (block === "datasource" && CONNECTION_SETTINGS.test(bareLine))) {
      lines[index] = blank(lines[index]);
      bareLines[index] = blank(bareLine);
    }
    if (block !== null && /\}\s*$/.test(bareLine)) block = null;
  });
  for (const [, list] of generators.matchAll(/previewFeatures\s*=\s*\[([^\]]*)\]/g)) {
    features.push(...(list.match(/\w+/g) ?? []));
  }
  return { text: lines.join("\n"), bare: bareLines.join("\n") };
}

/** Model and member that a line lies in, found without a parser: the text may not be parseable. */
function placeAt(bare, line) {
  const lines = bare.split("\n");
  for (let index = line - 1; index >= 0; index -= 1) {
    const start = BLOCK_START.exec(lines[index]);
    if (!start) continue;
    const member = index === line - 1 ? null : (MEMBER.exec(lines[line - 1])?.[1] ?? null);
    return { kind: start[1], block: start[2], member };
  }
  return { kind: null, block: null, member: null };
}

/** A panic of Prisma's parser: it says nothing of the schema, but the one known cause can be found. */
function readPanic(message, files) {
  for (const { name, bare } of files) {
    const index = bare.split("\n").findIndex((line) => /^[^\x00-\x7f]/.test(BLOCK_START.exec(line)?.[2] ?? ""));
    if (index >= 0) {
      const cause = "Prisma's parser breaks off at a name that begins with a letter beyond ASCII; rename it, keep its @@map.";
      return { file: name, line: index + 1, message: cause, ...placeAt(bare, index + 1) };
    }
  }
  return { file: files[0].name, line: null, message: `Prisma's parser breaks off: ${message.trim()}` };
}

/** Prisma's report, one entry per complaint, without its terminal colours. */
function readComplaints(error, files) {
  let message = String(error.message ?? error);
  try {
    message = JSON.parse(message).message;
  } catch {
    // A panic of the parser is plain text.
    return [readPanic(message, files)];
  }
  message = message.replace(/\u001b\[[\d;]*m/g, "");
  const complaints = [...message.matchAll(/error: ([^]*?)\n\s+-->\s+(.+):(\d+)\n/g)];
  if (!complaints.length) return [{ file: files[0].name, line: null, message: message.trim() }];
  return complaints.map(([, text, name, line]) => {
    const file = files.find((candidate) => candidate.name === name);
    return { file: name, line: Number(line), message: text.replace(/\s*\n\s*/g, " "), ...(file ? placeAt(file.bare, Number(line)) : {}) };
  });
}

function parseWithPrisma(files, features) {
  const known = JSON.parse(prisma.preview_features());
  const enabled = JSON.stringify([...new Set(features)].filter((feature) => known.includes(feature)));
  // Generators are blanked; the preview features they switch on decide what the parser accepts.
  const generator = `generator client {\n  provider = "prisma-client"\n  previewFeatures = ${enabled}\n}\n`;
  const sources = [...files.map(({ name, text }) => [name, text]), ["generator.prisma", generator]];
  try {
    return JSON.parse(prisma.get_dmmf(JSON.stringify({ prismaSchema: sources }))).datamodel;
  } catch (error) {
    throw new SchemaErrors(readComplaints(error, files));
  }
}

/** The text with letters beyond ASCII spelt out in names: `größe` → `gru-f6-u-df-e`. */
function spell(text) {
  return text.replace(/"(?:\\.|[^"\\\r\n])*"|[^\x00-\x7f]/gu, (token) =>
    token[0] === '"' ? token : `u-${token.codePointAt(0).toString(16)}-`,
  );
}

/** What `spell` did undone in all names of a parsed block. */
function unspell(value) {
  if (typeof value === "string") {
    return value[0] === '"' ? value : value.replace(LETTER, (_, code) => String.fromCodePoint(parseInt(code, 16)));
  }
  if (Array.isArray(value)) return value.map(unspell);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, unspell(item)]));
}

function parseBlocks({ name, bare, docs }) {
  // prisma-ast stumbles over blanks at the end of a line, over members called true, false or null, and over
  // letters beyond ASCII; Prisma does not.
  const source = spell(bare.replace(/[ \t\r]+$/gm, "")).replace(/^(\s*(?:true|false|null))(?![\w-])/gm, `$1${MARK}`);
  let schema;
  try {
    const parser = new ast.PrismaParser({ nodeLocationTracking: "full" });
    const Visitor = ast.VisitorClassFactory(parser);
    schema = ast.getSchema(`${source}\n`, { parser, visitor: new Visitor() });
  } catch (error) {
    const line = error.token?.startLine ?? null;
    const message = `prisma-ast does not understand ${JSON.stringify(error.token?.image ?? error.message)}`;
    throw new SchemaErrors([{ file: name, line, message, ...(line ? placeAt(bare, line) : {}) }]);
  }
  const place = ({ location }) => ({
    line: location.startLine,
    documentation: documentationAt(docs, location.startLine),
  });
  return schema.list
    .filter((block) => block.type !== "break")
    .map(unspell)
    .map((block) => ({
      kind: block.type,
      name: block.name,
      file: name,
      ...place(block),
      members: (block.properties ?? block.enumerators ?? block.assignments)
        .filter((member) => member.type !== "break")
        .map((member) => ({ ...member, name: member.name?.replace(MARK, ""), ...place(member) })),
    }));
}

/** The datasource's place and provider, found without a parser: what is no PostgreSQL need not be parseable. */
function findDatasource(files) {
  for (const { name: file, bare } of files) {
    const lines = bare.split("\n");
    const index = lines.findIndex((line) => BLOCK_START.exec(line)?.[1] === "datasource");
    const provider = lines.slice(index).map((line) => PROVIDER.exec(line)?.[1]).find(Boolean);
    if (index >= 0 && provider) return { file, line: index + 1, name: BLOCK_START.exec(lines[index])[2], provider };
  }
  return null;
}

function read(path) {
  const features = [];
  const isFolder = statSync(path).isDirectory();
  const files = findFiles(path).map((file) => {
    const name = isFolder ? relative(path, file) : basename(file);
    const text = readFileSync(file, "utf8").replace(/^\uFEFF/, "").replace(/\r(?!\n)/g, "\n");
    const { bare, docs } = separateComments(text);
    return { name, docs, ...blankSurroundings(text, bare, features) };
  });
  if (!files.length) throw new SchemaErrors([{ file: path, line: null, message: "no .prisma file here" }]);
  const datasource = findDatasource(files);
  try {
    const dmmf = parseWithPrisma(files, features);
    return { files: files.map(({ name }) => name), datasource, dmmf, blocks: files.flatMap(parseBlocks) };
  } catch (error) {
    error.datasource = datasource;
    throw error;
  }
}

try {
  process.stdout.write(JSON.stringify(read(process.argv[2])));
} catch (error) {
  if (!(error instanceof SchemaErrors)) throw error;
  process.stdout.write(JSON.stringify({ datasource: error.datasource ?? null, errors: error.errors }));
  process.exitCode = 1;
}
