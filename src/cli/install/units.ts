/**
 * The systemd user units of keeper and daemon. The keeper goes on when the
 * daemon ends, with its qubes; so each has a unit of its own.
 */

export interface UnitFile {
  readonly name: string;
  readonly text: string;
}

export const KEEPER_UNIT = 'livery-keeper.service';
export const DAEMON_UNIT = 'livery.service';

/** @param program the words by which `livery` is started, absolute */
export function units(program: readonly string[]): UnitFile[] {
  const start = program.map(unitWord).join(' ');
  return [
    {
      name: KEEPER_UNIT,
      text: `[Unit]
Description=Livery keeper: starts qubes and holds them
Documentation=man:livery-keeper(1)

[Service]
Type=notify
ExecStart=${start} keeper
# It ends its qubes in order; what is left after that is ended with it.
TimeoutStopSec=20
Restart=on-failure
Slice=session.slice
`,
    },
    {
      name: DAEMON_UNIT,
      text: `[Unit]
Description=Livery daemon: shows the windows of qubes in their trust colours
Documentation=man:livery-daemon(1)
Wants=${KEEPER_UNIT}
After=${KEEPER_UNIT} graphical-session.target
PartOf=graphical-session.target
ConditionEnvironment=DISPLAY

[Service]
Type=notify
ExecStart=${start} daemon
ExecReload=${start} reload
LimitMEMLOCK=1M
TimeoutStopSec=10
Restart=on-failure
RestartSec=1
Slice=session.slice

[Install]
WantedBy=graphical-session.target
`,
    },
  ];
}

/** A word of a command line in a unit (systemd.service(5), "Command lines"). */
function unitWord(word: string): string {
  const plain = word.replaceAll('%', '%%').replaceAll('$', '$$$$');
  if (/^[A-Za-z0-9_./:%$+-]+$/.test(plain)) return plain;
  return `"${plain.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}
