/** What a table is made of: columns, indexes, triggers, foreign keys, and the text that made it. */
import type { ComponentChildren, JSX } from 'preact'
import type { TableDetails } from '../protocol.ts'
import { SqlText } from './sql-text.tsx'
import { hashOf } from './state.ts'

export function Structure({ table }: { readonly table: TableDetails }): JSX.Element {
  const { columns, indexes, triggers, foreignKeys, sql, isStrict, isWithoutRowid } = table
  const marks = [isStrict ? 'STRICT' : null, isWithoutRowid ? 'WITHOUT ROWID' : null]
  return (
    <div class="structure">
      <Section title="Columns" count={columns.length}>
        <div class="scroll-x" tabIndex={0} role="region" aria-label="Columns">
          <table class="list">
            <thead>
              <tr>
                <th>Name</th>
                <th>Type</th>
                <th>Constraints</th>
                <th>Default</th>
              </tr>
            </thead>
            <tbody>
              {columns.map(({ name, type, notNull, defaultValue, keyPlace, generated }) => (
                <tr key={name}>
                  <td>
                    {keyPlace > 0 && <span class="key-mark" title="primary key" />}
                    <strong>{name}</strong>
                  </td>
                  <td class="mono">{type || <span class="muted">any</span>}</td>
                  <td>
                    {keyPlace > 0 && <span class="tag">PRIMARY KEY</span>}
                    {notNull && <span class="tag">NOT NULL</span>}
                    {generated !== null && <span class="tag">GENERATED {generated}</span>}
                  </td>
                  <td class="mono">{defaultValue ?? ''}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </Section>
      {indexes.length > 0 && (
        <Section title="Indexes" count={indexes.length}>
          <ul class="objects">
            {indexes.map(({ name, columns, isUnique, isPartial, origin, sql }) => (
              <li key={name}>
                <p>
                  <strong>{name}</strong> <span class="muted">({columns.join(', ')})</span>
                  {isUnique && <span class="tag">UNIQUE</span>}
                  {isPartial && <span class="tag">PARTIAL</span>}
                  {origin === 'pk' && <span class="tag">PRIMARY KEY</span>}
                </p>
                {sql !== null && <SqlText sql={sql} />}
              </li>
            ))}
          </ul>
        </Section>
      )}
      {foreignKeys.length > 0 && (
        <Section title="Foreign keys" count={foreignKeys.length}>
          <ul class="objects">
            {foreignKeys.map(({ from, table, to, onUpdate, onDelete }, i) => (
              <li key={i}>
                <p>
                  <strong>{from.join(', ')}</strong> →{' '}
                  <a href={hashOf({ view: 'table', table, part: 'structure' })}>{table}</a>
                  {to.length > 0 && <span class="muted"> ({to.join(', ')})</span>}
                  {onDelete !== 'NO ACTION' && <span class="tag">ON DELETE {onDelete}</span>}
                  {onUpdate !== 'NO ACTION' && <span class="tag">ON UPDATE {onUpdate}</span>}
                </p>
              </li>
            ))}
          </ul>
        </Section>
      )}
      {triggers.length > 0 && (
        <Section title="Triggers" count={triggers.length}>
          <ul class="objects">
            {triggers.map(({ name, sql }) => (
              <li key={name}>
                <p>
                  <strong>{name}</strong>
                </p>
                <SqlText sql={sql} />
              </li>
            ))}
          </ul>
        </Section>
      )}
      {sql !== '' && (
        <Section title="SQL" marks={marks.filter((mark) => mark !== null)}>
          <SqlText sql={sql} />
        </Section>
      )}
    </div>
  )
}

interface SectionProps {
  readonly title: string
  readonly count?: number
  readonly marks?: readonly string[]
  readonly children: ComponentChildren
}

function Section({ title, count, marks = [], children }: SectionProps): JSX.Element {
  return (
    <section>
      <h3>
        {title} {count !== undefined && <span class="muted">{count}</span>}
        {marks.map((mark) => (
          <span key={mark} class="tag">
            {mark}
          </span>
        ))}
      </h3>
      {children}
    </section>
  )
}
