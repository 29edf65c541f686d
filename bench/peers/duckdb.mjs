// DuckDB over the facts of the city. `make` loads them from the lines that the
// benchmark has written for SQLite (facts.csv) into a DuckDB file; `json` and `columns` print the median milliseconds
// of the same sums on the raw text and on columns extracted beforehand.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'

const [step, dir] = process.argv.slice(2)
const file = join(dir, 'facts.duckdb')

// DuckDB's ->> binds weaker than AND and =, so each stands in parentheses.
const sums = {
  json: `SELECT count(*),
      count(*) FILTER ((content->>'decision') IN ('adopted','partly')),
      count(*) FILTER ((content->>'implemented_on') IS NOT NULL),
      count(*) FILTER ((content->>'tag_tech') = 'true' OR (content->>'tag_energy') = 'true')
    FROM fact WHERE form = 'proposal' AND (content->>'proposed_on') BETWEEN '2011-01-01' AND '2015-12-31'`,
  columns: `SELECT count(*), count(*) FILTER (decision IN ('adopted','partly')),
      count(*) FILTER (implemented_on IS NOT NULL), count(*) FILTER (tag_tech OR tag_energy)
    FROM proposal WHERE proposed_on BETWEEN DATE '2011-01-01' AND DATE '2015-12-31'`,
}

if (step === 'make' && existsSync(file)) process.exit(0)
const connection = await (await DuckDBInstance.create(file)).connect()
if (step === 'make') {
  const csv = join(dir, 'facts.csv')
  await connection.run(`CREATE TABLE fact AS SELECT * FROM read_csv('${csv}', header = false,
    columns = {fact_id: 'BIGINT', unit_id: 'BIGINT', form: 'VARCHAR', content: 'VARCHAR'})`)
  await connection.run(`CREATE TABLE proposal AS SELECT unit_id,
      CAST((content->>'proposed_on') AS DATE) AS proposed_on, (content->>'decision') AS decision,
      CAST((content->>'implemented_on') AS DATE) AS implemented_on,
      (content->>'tag_tech') = 'true' AS tag_tech, (content->>'tag_energy') = 'true' AS tag_energy
    FROM fact WHERE form = 'proposal'`)
} else {
  const times = []
  for (let run = 0; run < 5; run++) {
    const start = performance.now()
    await (await connection.run(sums[step])).getRows()
    times.push(performance.now() - start)
  }
  console.log(times.sort((a, b) => a - b)[2].toFixed(2))
}
