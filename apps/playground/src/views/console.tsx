/** The guest's serial port as a terminal. */

import { FitAddon } from '@xterm/addon-fit'
import { type ITheme, Terminal } from '@xterm/xterm'
import type { JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { vm } from '../app-state.ts'

const dark: ITheme = { background: '#10151a', foreground: '#dfe6ea', cursor: '#5fd0bf', selectionBackground: '#2f5c66' }
const light: ITheme = {
  background: '#fbfcfc',
  foreground: '#1b262c',
  cursor: '#0b6e63',
  cursorAccent: '#ffffff',
  selectionBackground: '#bfe3de',
  // The bright colours of dark terminals cannot be read on white.
  green: '#1a7f37',
  yellow: '#7a5c00',
  cyan: '#0b6e63',
  white: '#5c6a72',
  brightGreen: '#1a7f37',
  brightYellow: '#7a5c00',
  brightCyan: '#0b6e63',
  brightWhite: '#1b262c',
}

export function Console(): JSX.Element {
  const element = useRef<HTMLDivElement>(null)
  useEffect(() => (element.current === null ? undefined : openTerminal(element.current)), [])
  return (
    <>
      <div class="terminal" ref={element} />
      <p class="hint">Click into it and type. Copy with the mouse and Ctrl-Shift-C, paste with Ctrl-Shift-V.</p>
    </>
  )
}

/** @returns what takes the terminal away again */
function openTerminal(element: HTMLElement): () => void {
  const isDark = matchMedia('(prefers-color-scheme: dark)')
  const theme = (): ITheme => (isDark.matches ? dark : light)
  const terminal = new Terminal({
    theme: theme(),
    fontFamily: 'ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace',
    fontSize: 13,
    scrollback: 5000,
    convertEol: false,
    screenReaderMode: true,
  })
  const fit = new FitAddon()
  terminal.loadAddon(fit)
  terminal.open(element)
  terminal.textarea?.setAttribute('aria-label', "The guest's console")
  const encoder = new TextEncoder()
  terminal.onData((text) => vm.input(encoder.encode(text)))
  terminal.onBinary((text) => vm.input(Uint8Array.from(text, (character) => character.charCodeAt(0))))
  terminal.attachCustomKeyEventHandler((event) => !handleClipboard(terminal, event))
  vm.onOutput = (bytes) => terminal.write(bytes)
  const unsubscribe = vm.state.subscribe((state) => {
    if (state.kind === 'starting') terminal.reset()
  })
  const changeTheme = (): void => {
    terminal.options.theme = theme()
  }
  isDark.addEventListener('change', changeTheme)
  const observer = new ResizeObserver(() => {
    if (element.clientWidth > 0) fit.fit()
  })
  observer.observe(element)
  // Tests read the screen from here: what is drawn is no text of the document.
  Object.assign(element, { terminal })
  return () => {
    unsubscribe()
    observer.disconnect()
    isDark.removeEventListener('change', changeTheme)
    terminal.dispose()
  }
}

/** Ctrl-C belongs to the guest, so the clipboard has Shift with it, as in other terminals. Whether the key was one of these. */
function handleClipboard(terminal: Terminal, event: KeyboardEvent): boolean {
  if (event.type !== 'keydown' || !event.ctrlKey || !event.shiftKey) return false
  if (event.code === 'KeyC') {
    void navigator.clipboard.writeText(terminal.getSelection())
    event.preventDefault()
    return true
  }
  // The browser pastes by itself; the terminal must only leave the key alone.
  return event.code === 'KeyV'
}
