import { execFileSync } from 'node:child_process';

execFileSync('rsync', ['-a', 'lib/', process.env.TARGET], { stdio: 'inherit' });
