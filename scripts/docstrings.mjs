// Every export of every entry of the SDK, and every public member of it, says what it is for.
import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import ts from 'typescript';
import { root, say } from './step.mjs';

const options = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  lib: ['lib.es2022.d.ts', 'lib.dom.d.ts'],
  types: ['node'],
  customConditions: ['@ballast/source'],
  strict: true,
  noEmit: true,
};

/** Source files behind the `exports` of the package. */
function entries() {
  const { exports } = JSON.parse(readFileSync(join(root, 'sdk/package.json'), 'utf8'));
  const sources = Object.values(exports).flatMap(({ '@ballast/source': source = [] }) =>
    typeof source === 'string' ? source : Object.values(source),
  );
  return sources.map((source) => join(root, 'sdk', source));
}

/** Throws with a list of what has no docstring; returns how many exports and members were looked at. */
export function checkDocstrings(files = entries()) {
  const program = ts.createProgram(files, options);
  const checker = program.getTypeChecker();
  const seen = new Map();
  for (const file of files) {
    const module = checker.getSymbolAtLocation(program.getSourceFile(file));
    for (const symbol of checker.getExportsOfModule(module)) note(seen, checker, aimOf(symbol, checker));
  }
  const bare = [...seen].filter(([, isDocumented]) => !isDocumented).map(([name]) => name);
  if (bare.length > 0) throw new Error(`no docstring:\n  ${bare.join('\n  ')}`);
  if (seen.size === 0) throw new Error('no export of the SDK was found');
  return seen.size;
}

function aimOf(symbol, checker) {
  return symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
}

function note(seen, checker, symbol) {
  const declaration = symbol.declarations?.find((one) => isOurs(one));
  if (declaration === undefined) return;
  seen.set(nameOf(symbol, declaration), isDocumented(symbol, checker));
  for (const member of membersOf(symbol)) {
    const place = member.declarations?.[0];
    if (place !== undefined) seen.set(`${nameOf(symbol, declaration)}.${member.name}`, isDocumented(member, checker));
  }
}

function isOurs(declaration) {
  return !declaration.getSourceFile().fileName.includes('node_modules');
}

function nameOf(symbol, declaration) {
  return `${relative(root, declaration.getSourceFile().fileName)} ${symbol.name}`;
}

function isDocumented(symbol, checker) {
  return symbol.getDocumentationComment(checker).some(({ text }) => text.trim() !== '');
}

/** Public members that are written in a class, an interface or an object type, those of classes themselves included. */
function membersOf({ declarations = [], members, exports }) {
  const isClass = declarations.some((one) => ts.isClassDeclaration(one));
  const isShape = isClass || declarations.some((one) => ts.isInterfaceDeclaration(one));
  const literal = declarations.find((one) => ts.isTypeAliasDeclaration(one) && ts.isTypeLiteralNode(one.type));
  const own = isShape ? [...(members?.values() ?? []), ...(isClass ? (exports?.values() ?? []) : [])] : [];
  return [...own, ...(literal?.type.symbol.members?.values() ?? [])].filter(isPublicMember);
}

function isPublicMember({ flags, declarations = [] }) {
  const isMember = flags & (ts.SymbolFlags.Property | ts.SymbolFlags.Method | ts.SymbolFlags.Accessor);
  const isPrivate = declarations.some(
    (one) =>
      (one.name !== undefined && ts.isPrivateIdentifier(one.name)) ||
      ts.getCombinedModifierFlags(one) & ts.ModifierFlags.NonPublicAccessibilityModifier,
  );
  return Boolean(isMember) && !isPrivate;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    say(`  ${checkDocstrings()} exports and members of the SDK, each with a docstring`);
  } catch (error) {
    say(error.message);
    process.exit(1);
  }
}
