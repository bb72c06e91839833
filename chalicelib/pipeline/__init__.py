"""The pipeline: from AWS Config's event to the verified fix.

1. `evaluate` evaluates resources by a rule (`verdict`, with the facts that `facts` reads and the exemptions that
   `exempting` applies), queues a finding for each non-compliant one, and then tells AWS Config.
2. `coordinate` receives findings from the remediation queue (`intake` reads and checks them), decides which may proceed
   (`admission`, `holding`) and forwards a copy of each to the work queue of its remediator.
3. `remediate` takes a work order. `fix` reads the live resource, plans, asks for permission (`permit`), records each
   call (`logbook`), makes it and verifies the result; `fix_case` holds the state of one fix.
4. `delivery` completes the order: it closes the record, notifies people, and deletes the source messages last.
"""
