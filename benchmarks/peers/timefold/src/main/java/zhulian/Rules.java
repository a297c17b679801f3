package zhulian;

import ai.timefold.solver.core.api.score.buildin.hardsoftlong.HardSoftLongScore;
import ai.timefold.solver.core.api.score.stream.Constraint;
import ai.timefold.solver.core.api.score.stream.ConstraintCollectors;
import ai.timefold.solver.core.api.score.stream.ConstraintFactory;
import ai.timefold.solver.core.api.score.stream.ConstraintProvider;

/** Capacity is hard; unserved needs and ways cost. */
public class Rules implements ConstraintProvider {
    @Override
    public Constraint[] defineConstraints(ConstraintFactory factory) {
        return new Constraint[] {
            factory.forEach(Visit.class)
                    .groupBy(visit -> visit.getChosen().volunteer(), ConstraintCollectors.count())
                    .filter((volunteer, visits) -> visits > volunteer.capacity())
                    .penalizeLong(HardSoftLongScore.ONE_HARD, (volunteer, visits) -> visits - volunteer.capacity())
                    .asConstraint("capacity"),
            factory.forEachIncludingUnassigned(Visit.class)
                    .filter(visit -> visit.getChosen() == null)
                    .penalizeLong(HardSoftLongScore.ONE_SOFT, Visit::getPenalty)
                    .asConstraint("unserved"),
            factory.forEach(Visit.class)
                    .penalizeLong(HardSoftLongScore.ONE_SOFT, visit -> visit.getChosen().cost())
                    .asConstraint("way")
        };
    }
}
