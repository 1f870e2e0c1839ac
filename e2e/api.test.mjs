// The API as public tools see it: the GraphQL-over-HTTP audit, and the contract by graphql-inspector.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { CriticalityLevel, diff } from '@graphql-inspector/core';
import { buildSchema } from 'graphql';
import { serverAudits } from 'graphql-http';
import { begin } from './harness.mjs';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const read = (name) => readFileSync(path.join(root, name), 'utf8');

let world;
before(async () => (world = await begin({ browser: false })));
after(() => world?.end());

test('the GraphQL-over-HTTP audit finds no error and two warnings at most', async (t) => {
  const audits = serverAudits({ url: `${world.url}/graphql`, fetchFn: fetch });
  const found = { ok: [], notice: [], warn: [], error: [] };
  for (const audit of audits) {
    const result = await audit.fn();
    found[result.status].push(`${audit.id} ${audit.name}: ${result.reason ?? ''}`);
  }
  for (const line of [...found.error, ...found.warn, ...found.notice]) t.diagnostic(line);
  t.diagnostic(`ok ${found.ok.length}, notices ${found.notice.length}, warnings ${found.warn.length}, errors ${found.error.length}`);
  assert.deepEqual(found.error, []);
  assert.ok(found.warn.length <= 2, found.warn.join('\n'));
  assert.ok(found.ok.length > 40);
});

/** Spoke's interface as a schema, from its listing. */
function spoke() {
  const types = new Map();
  for (const line of read('contract/spoke.tsv').trim().split('\n')) {
    const [owner, name, args, type] = line.split('\t');
    const [kind, id] = owner.includes(' ') ? owner.split(' ') : ['type', owner];
    const written = { type: `${name}${args === '()' ? '' : args}: ${type}`, input: `${name}: ${type}` }[kind] ?? name;
    if (!types.has(id)) types.set(id, { kind, items: [] });
    types.get(id).items.push(written);
  }
  const blocks = [...types].map(([id, { kind, items }]) => {
    if (kind === 'scalar') return `scalar ${id}`;
    if (kind === 'union') return `union ${id} = ${items.join(' | ')}`;
    return `${kind} ${id} { ${items.join('\n')} }`;
  });
  return buildSchema(`schema { query: RootQuery mutation: RootMutation }\n${blocks.join('\n')}`);
}

for (const [what, from] of [
  ["Spoke's interface", spoke],
  ['the published schema', () => buildSchema(read('contract/published.graphql'))],
]) {
  test(`nothing breaks ${what}`, async () => {
    const changes = await diff(from(), buildSchema(read('schema.graphql')));
    const breaking = changes.filter((change) => change.criticality.level === CriticalityLevel.Breaking);
    assert.deepEqual(
      breaking.map((change) => change.message),
      [],
      `${breaking.length} of ${changes.length} changes break ${what}`,
    );
  });
}
