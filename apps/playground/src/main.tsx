/** The playground's page. */

import '@xterm/xterm/css/xterm.css'
import './style.css'
import { render } from 'preact'
import { App } from './views/app.tsx'

const root = document.getElementById('app')
if (root !== null) render(<App />, root)
