// Throws generated queries at a running server as three roles and as nobody (`cargo xtask fuzz`). Fails on a 5xx, on an
// unexpected error, on a panic, and on an answer that shows what is inside.
//
//   SCHEMATHESIS=path FUZZ_SECONDS=600 node e2e/fuzz.mjs

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, openSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { OWNER, PASSWORD, TEXTER, begin } from './harness.mjs';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const seconds = Number(process.env.FUZZ_SECONDS ?? 600);
const folder = path.join(root, 'target/fuzz');
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });

/** What no answer may show. */
const INSIDE = /diesel|postgres|tokio|actix|deadlock|\bSQL\b|relation \\?"|src\/[a-z_]+\.rs|panicked|SESSION_SECRET|argon2id/i;

const world = await begin({
  browser: false,
  environment: {
    GRAPHQL_COST_PER_MINUTE: '1000000000',
    GRAPHQL_ANONYMOUS_COST_PER_MINUTE: '1000000000',
    METRICS_TOKEN: 'fuzz',
  },
});
let failed = false;
try {
  const roles = { nobody: null, texter: TEXTER, supervolunteer: 'supervisor@example.org', owner: OWNER };
  for (const [role, email] of Object.entries(roles)) {
    const cookie = email && (await signIn(email));
    const before = await unexpected();
    const report = path.join(folder, `${role}.ndjson`);
    await schemathesis(cookie, report, seconds / Object.keys(roles).length);
    const { answers, succeeded, statuses, shown } = look(report);
    const errors = (await unexpected()) - before;
    console.log(`${role}: ${answers} answers ${JSON.stringify(statuses)}, ${succeeded} with data, ${errors} unexpected errors`);
    for (const text of shown.slice(0, 5)) console.log(`  shows what is inside: ${text}`);
    const broken = Object.keys(statuses).some((status) => Number(status) >= 500);
    // Schemathesis counts every refusal as a failure of the server, so its exit code says nothing.
    failed ||= broken || errors > 0 || shown.length > 0 || answers < 50;
  }
  const log = world.log.join('');
  const panics = log.split('\n').filter((line) => /panicked/.test(line));
  console.log(`${panics.length} panics`);
  failed ||= panics.length > 0;
  if (failed) {
    const lines = log.split('\n').filter((line) => /unexpectedly|panicked/.test(line));
    console.log([...new Set(lines.map((line) => line.replace(/request\.id=\w+/, '').slice(25, 400)))].slice(0, 40).join('\n'));
  }
} finally {
  await world.end();
}
process.exit(failed ? 1 : 0);

async function signIn(email) {
  const answer = await fetch(`${world.url}/login-callback`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-requested-with': 'bellwether' },
    body: JSON.stringify({ email, password: PASSWORD, authType: 'login' }),
  });
  assert.ok(answer.ok, `${email} cannot sign in: ${answer.status} ${await answer.text()}`);
  return answer.headers.getSetCookie()[0].split(';')[0];
}

async function unexpected() {
  const answer = await fetch(`${world.url}/metrics`, { headers: { authorization: 'Bearer fuzz' } });
  return Number(/^bellwether_unexpected_errors_total (\d+)/m.exec(await answer.text())[1]);
}

function schemathesis(cookie, report, time) {
  const args = ['run', `${world.url}/graphql`, '--max-time', String(Math.max(1, Math.round(time)))];
  args.push('--checks', 'not_a_server_error', '--continue-on-failure', '--phases', 'fuzzing', '--no-color');
  args.push('--suppress-health-check', 'all', '--report', 'ndjson', '--report-ndjson-path', report);
  args.push('--request-timeout', '20', '--no-shrink');
  if (cookie) args.push('--header', `Cookie: ${cookie}`);
  const child = spawn(process.env.SCHEMATHESIS ?? 'schemathesis', args, {
    env: { ...process.env, SCHEMATHESIS_HOOKS: 'fuzz_hooks', PYTHONPATH: path.join(root, 'e2e') },
    stdio: ['ignore', openSync(report.replace('.ndjson', '.txt'), 'w'), 'inherit'],
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', resolve);
  });
}

/** Statuses of the answers, and those that show what is inside. */
function look(report) {
  const statuses = {};
  const shown = [];
  let answers = 0;
  let succeeded = 0;
  const visit = (value) => {
    if (Array.isArray(value)) return value.forEach(visit);
    if (!value || typeof value !== 'object') return;
    if (Number.isInteger(value.status_code)) {
      answers += 1;
      statuses[value.status_code] = (statuses[value.status_code] ?? 0) + 1;
      const text = Buffer.from(value.content?.$base64 ?? '', 'base64').toString('utf8');
      if (!text.includes('"errors"')) succeeded += 1;
      if (INSIDE.test(text) || text.includes('"INTERNAL"')) shown.push(text.slice(0, 300));
    }
    Object.values(value).forEach(visit);
  };
  for (const line of readFileSync(report, 'utf8').split('\n').filter(Boolean)) visit(JSON.parse(line));
  return { answers, succeeded, statuses, shown };
}
