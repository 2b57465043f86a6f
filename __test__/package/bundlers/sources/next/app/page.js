import { Database } from 'chorusdb'

export const dynamic = 'force-dynamic'

export default function Page() {
  const db = new Database(':memory:')
  return <p>{db.prepare("SELECT 'Seite' AS text").get().text}</p>
}
