/** Conditions that rows must meet, as chips; and the fields for another one. */
import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import type { ColumnDetails, Filter, FilterOperator } from '../protocol.ts'

const operators: readonly FilterOperator[] = [
  'contains',
  'begins with',
  '=',
  '<>',
  '<',
  '<=',
  '>',
  '>=',
  'is null',
  'is not null',
]

interface FilterBarProps {
  readonly columns: readonly ColumnDetails[]
  readonly filters: readonly Filter[]
  readonly onFilters: (filters: readonly Filter[]) => void
}

export function FilterBar({ columns, filters, onFilters }: FilterBarProps): JSX.Element {
  const [column, setColumn] = useState(columns[0]?.name ?? '')
  const [operator, setOperator] = useState<FilterOperator>('contains')
  const [value, setValue] = useState('')
  const needsValue = !operator.endsWith('null')
  return (
    <form
      class="filter-bar"
      role="search"
      aria-label="Filter rows"
      onSubmit={(event) => {
        event.preventDefault()
        onFilters([...filters, { column, operator, value: needsValue ? value : '' }])
        setValue('')
      }}
    >
      <select
        id="filter-column"
        aria-label="Column"
        value={column}
        onChange={({ currentTarget }) => setColumn(currentTarget.value)}
      >
        {columns.map(({ name }) => (
          <option key={name}>{name}</option>
        ))}
      </select>
      <select
        aria-label="Comparison"
        value={operator}
        onChange={({ currentTarget }) => setOperator(currentTarget.value as FilterOperator)}
      >
        {operators.map((name) => (
          <option key={name}>{name}</option>
        ))}
      </select>
      {needsValue && (
        <input
          aria-label="Value"
          placeholder="value"
          value={value}
          spellcheck={false}
          onInput={({ currentTarget }) => setValue(currentTarget.value)}
        />
      )}
      <button class="button small">Filter</button>
      {filters.map(({ column, operator, value }, i) => (
        <span key={i} class="chip">
          <span class="cut">
            {column} <em>{operator}</em> {value}
          </span>
          <button
            type="button"
            aria-label={`Remove the filter ${column} ${operator} ${value}`}
            onClick={() => onFilters(filters.filter((_, at) => at !== i))}
          >
            ×
          </button>
        </span>
      ))}
    </form>
  )
}
