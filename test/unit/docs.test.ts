/** What the documents say is what the program does: tables, commands, examples, paths. */

import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { ROUTES } from '../../src/api/routes.ts'
import { ERROR_KINDS } from '../../src/base/errors.ts'
import { allCommands } from '../../src/cli/commands/index.ts'
import { FLAGS, variableOf } from '../../src/cli/flag-table.ts'
import { usageOf } from '../../src/cli/help.ts'
import { cliReference, exitCodeTable } from '../../src/cli/reference.ts'
import { parseSuite } from '../../src/suite/parse.ts'
import { METRIC_ALIASES, METRICS } from '../../src/suite/threshold-metrics.ts'

const root = join(import.meta.dirname, '../..')
const read = (name: string): string => readFileSync(join(root, name), 'utf8')

interface Manifest {
  readonly version: string
  readonly scripts: Readonly<Record<string, string>>
  readonly dependencies: Readonly<Record<string, string>>
  readonly optionalDependencies: Readonly<Record<string, string>>
}

const manifest = JSON.parse(read('package.json')) as Manifest
/** What users read, but for what is generated. */
const GUIDES = [
  'README.md',
  ...['suite', 'operating', 'reports', 'http-api', 'development'].map((name) => `docs/${name}.md`),
]
const DOCUMENTS = [...GUIDES, 'docs/cli.md', 'ARCHITECTURE.md', 'CHANGELOG.md']
const guides = GUIDES.map(read).join('\n')
/** Lines of the README that anybody reads to the end. */
const README_LINES = 350

/** The rows of the table whose header begins like this, without header and rule. */
function tableRows(name: string, header: string): string[] {
  const lines = read(name).split('\n')
  const start = lines.findIndex((line) => line.startsWith(header))
  assert.ok(start >= 0, `${name} has a table that begins with "${header}"`)
  const length = lines.slice(start).findIndex((line) => !line.startsWith('|'))
  return lines.slice(start + 2, start + length)
}

/** Cells of a row; `\|` is no border. */
function cells(row: string): string[] {
  return row
    .split(/(?<!\\)\|/)
    .slice(1, -1)
    .map((cell) => cell.trim().replaceAll('\\|', '|'))
}

/** Blocks of code in a language. */
function blocks(text: string, language: string): string[] {
  return [...text.matchAll(/```(\w+)\n([\s\S]*?)```/g)]
    .filter(([, found]) => found === language)
    .map(([, , code]) => code!)
}

describe('docs/cli.md', () => {
  it('is what the commands say of themselves (npm run docs:cli writes it)', async () => {
    assert.equal(read('docs/cli.md'), await cliReference())
  })
})

/** What a heading is linked by. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-')

describe('README', () => {
  it('is short enough to be read', () => {
    const { length } = read('README.md').split('\n')
    assert.ok(length <= README_LINES, `${length} lines`)
  })

  it('leads to all other documents', () => {
    for (const name of GUIDES.slice(1)) assert.ok(read('README.md').includes(`](${name}`), name)
  })
})

describe('what users read', () => {
  it('has the exit codes', () => {
    assert.deepEqual(tableRows('docs/operating.md', '| code | meaning |'), exitCodeTable().slice(2))
  })

  it('has the error codes', () => {
    const rows = Object.entries(ERROR_KINDS).map(
      ([code, { exitCode, httpStatus, meaning }]) => `| \`${code}\` | ${exitCode} | ${httpStatus} | ${meaning} |`,
    )
    assert.deepEqual(tableRows('docs/http-api.md', '| code | exit code |'), rows)
  })

  it('has the routes of the API', () => {
    const rows = ROUTES.map(({ method, path, summary }) => `| \`${method} ${path}\` | ${summary} |`)
    assert.deepEqual(tableRows('docs/http-api.md', '| request |'), rows)
  })

  it('has the commands', async () => {
    const commands = (await allCommands()).map((command) => [`\`vajra ${usageOf(command)}\``, command.summary])
    assert.deepEqual(tableRows('README.md', '| command |').map(cells), commands)
  })

  it('has the metrics of thresholds', () => {
    const named = tableRows('docs/suite.md', '| metric |').map(cells)
    const metrics = Object.entries(METRICS).map(([name, { description, aggregations, example }]) => {
      const written = aggregations.map((aggregation) => (aggregation === 'p' ? 'p(N)' : aggregation))
      return [`\`${name}\``, description, written.join(', '), `\`${example}\``]
    })
    assert.deepEqual(named, metrics)
    for (const alias of Object.keys(METRIC_ALIASES)) assert.ok(guides.includes(`\`${alias}\``), alias)
  })

  it('has the dependencies, their versions and licences', () => {
    const rows = tableRows('README.md', '| package |').map(cells)
    const named = Object.fromEntries(rows.map(([name = '', , , version, licence]) => [name, [version, licence]]))
    const declared = Object.entries({ ...manifest.dependencies, ...manifest.optionalDependencies }).map(
      ([name, version]) => {
        const { license } = JSON.parse(read(`node_modules/${name}/package.json`)) as { license: string }
        return [`\`${name}\``, [version, license]]
      },
    )
    assert.deepEqual(named, Object.fromEntries(declared))
    for (const row of rows) for (const cell of row) assert.notEqual(cell, '')
  })

  it('has suites that are valid, and configuration files of flags that exist', () => {
    const all = blocks(guides, 'yaml')
    // Those that show a part of a suite leave out what is in the first.
    const suites = all.filter((block) => block.includes('scenarios:'))
    const [configuration, ...others] = all.filter((block) => !suites.includes(block))
    assert.deepEqual(others, [])
    for (const suite of suites) {
      const text = /^name:/m.test(suite) ? suite : `name: part\ntarget: http://127.0.0.1:8080\n${suite}`
      const parsed = parseSuite({ text, format: 'yaml' })
      assert.deepEqual(parsed.ok ? [] : parsed.problems, [])
    }
    for (const [, key] of configuration!.matchAll(/^([\w-]+):/gm)) assert.ok(Object.hasOwn(FLAGS, key!), key)
  })

  it('names flags and variables that exist', () => {
    const known = [...Object.keys(FLAGS), 'help', 'version']
    const commands = blocks(guides, 'sh').flatMap((block) => block.split('\n').filter((line) => /\bvajra\b/.test(line)))
    for (const line of commands) {
      for (const [, flag] of line.replace(/ -- /, ' ').matchAll(/\s--([a-z-]+)/g)) {
        assert.ok(known.includes(flag!), `--${flag} in: ${line}`)
      }
    }
    const variables = [...Object.keys(FLAGS).map(variableOf), 'VAJRA_CLUSTER_KEY']
    for (const [variable] of guides.matchAll(/VAJRA_[A-Z_]*[A-Z]/g)) assert.ok(variables.includes(variable), variable)
  })
})

describe('documents', () => {
  for (const name of DOCUMENTS) {
    it(`${name} names files and scripts that are there`, () => {
      const text = read(name)
      const paths = [...text.matchAll(/`((?:src|test|bin|scripts|examples|schema|docs|bench)\/[\w./-]+\.\w+)`/g)]
      const links = [...text.matchAll(/\]\((?!https?:)([^)#]+)\)/g)]
      for (const [, path] of paths) assert.ok(existsSync(join(root, path!)), path)
      for (const [, path] of links) assert.ok(existsSync(join(root, dirname(name), path!)), path)
      for (const [, script] of text.matchAll(/\bnpm run (?:--silent )?([a-z][\w:-]*)/g)) {
        assert.ok(Object.hasOwn(manifest.scripts, script!), `npm run ${script}`)
      }
    })
  }

  it('link to headings that are there', () => {
    for (const name of DOCUMENTS) {
      for (const [, path = '', anchor] of read(name).matchAll(/\]\((?!https?:)([^)#]*)#([^)]+)\)/g)) {
        const to = path === '' ? name : join(dirname(name), path)
        const headings = [...read(to).matchAll(/^#+ (.*)$/gm)].map(([, heading]) => anchorOf(heading!))
        assert.ok(headings.includes(anchor!), `${name}: ${to}#${anchor}`)
      }
    }
  })

  it('ARCHITECTURE.md names files of a folder that are in it', () => {
    const rows = read('ARCHITECTURE.md')
      .split('\n')
      .filter((line) => line.startsWith('| `src/'))
    assert.ok(rows.length > 10)
    for (const row of rows) {
      const [folder = '', text = ''] = cells(row)
      const base = folder.replaceAll('`', '')
      if (base.endsWith('.ts')) continue
      for (const [, file] of text.matchAll(/`([\w-]+\.ts)`/g))
        assert.ok(existsSync(join(root, base, file!)), `${base}/${file}`)
    }
  })

  it('CHANGELOG.md has this version', () => {
    assert.match(read('CHANGELOG.md'), new RegExp(`^## ${manifest.version.replaceAll('.', '\\.')}\\b`, 'm'))
  })

  it('every example suite is valid', () => {
    const suites = globSync('examples/*.{yaml,json}', { cwd: root })
    assert.ok(suites.length >= 3)
    for (const name of suites) {
      const parsed = parseSuite({ text: read(name), format: name.endsWith('.json') ? 'json' : 'yaml' })
      assert.deepEqual(parsed.ok ? [] : parsed.problems, [], name)
    }
  })
})
