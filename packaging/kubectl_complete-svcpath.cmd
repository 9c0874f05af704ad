@echo off
rem What kubectl runs to complete "kubectl svcpath ...": it answers with candidates, and says nothing when it cannot.
kubectl-svcpath __complete %* <nul 2>nul
