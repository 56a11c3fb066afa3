// On what it was measured: machine, Node, versions.
import { existsSync, readFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { join } from 'node:path';

export const bench = import.meta.dirname;
export const root = join(bench, '..');

/** What the benchmarks compare with, and the packages under the framework itself. */
const PACKAGES = {
  bench: [
    '@nestjs/core',
    '@nestjs/platform-express',
    '@nestjs/platform-fastify',
    '@nestjs/platform-socket.io',
    'socket.io',
    'express',
    'fastify',
    'koa',
    '@koa/router',
    '@koa/bodyparser',
    'immer',
    'lru-cache',
    'nanostores',
    'zustand',
  ],
  root: ['koa', 'socket.io', 'find-my-way', 'tsyringe', 'class-validator', 'class-transformer', 'typescript'],
};

export const loadNow = () => loadavg()[0];

/** The version of an installed package, or undefined. */
export function installed(folder, name) {
  const file = join(folder, 'node_modules', name, 'package.json');
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).version : undefined;
}

export function environment() {
  const versions = (folder, names) => Object.fromEntries(names.map((name) => [name, installed(folder, name)]));
  const { model } = cpus()[0];
  return {
    at: new Date().toISOString(),
    node: process.version,
    machine: { model, cores: cpus().length, memoryMiB: Math.round(totalmem() / 2 ** 20) },
    peers: versions(bench, PACKAGES.bench),
    own: versions(root, PACKAGES.root),
  };
}
