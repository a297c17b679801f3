package zhulian;

import ai.timefold.solver.core.api.domain.entity.PlanningEntity;
import ai.timefold.solver.core.api.domain.lookup.PlanningId;
import ai.timefold.solver.core.api.domain.valuerange.ValueRangeProvider;
import ai.timefold.solver.core.api.domain.variable.PlanningVariable;
import java.util.List;

/** A need to be served by one of its own candidates, or by nobody at a penalty. */
@PlanningEntity
public class Visit {
    @PlanningId
    private int index;
    private long penalty;
    private List<Candidate> candidates;

    @PlanningVariable(allowsUnassigned = true)
    private Candidate chosen;

    public Visit() {}

    Visit(int index, long penalty, List<Candidate> candidates) {
        this.index = index;
        this.penalty = penalty;
        this.candidates = candidates;
    }

    public int getIndex() {
        return index;
    }

    public long getPenalty() {
        return penalty;
    }

    @ValueRangeProvider
    public List<Candidate> getCandidates() {
        return candidates;
    }

    public Candidate getChosen() {
        return chosen;
    }

    public void setChosen(Candidate chosen) {
        this.chosen = chosen;
    }
}
