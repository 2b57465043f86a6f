/** The page begins. */
import { render } from 'preact'
import '@preact/signals'
import 'uplot/dist/uPlot.min.css'
import './style.css'
import { App } from './app.tsx'
import { loadDatabase, watchLive } from './state.ts'

void loadDatabase()
watchLive()
render(<App />, document.getElementById('app')!)
